//! `BIN OP N [--warm W] [--conc C] [--repeat R]`
//!
//! Does OP N times on a current-thread runtime after W warm-up calls and prints one line of
//! `key=value` for the N calls: wall and CPU microseconds per call, allocations, p50/p99.
use crate::{Api, Res, alloc, new_user};
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

fn cpu() -> (Duration, Duration) {
    let mut ru: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut ru) };
    let d = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
    (d(ru.ru_utime), d(ru.ru_stime))
}

/// One call of `op`; the number of units done (events for sse, else 1).
pub async fn call<A: Api>(a: &A, op: &str, i: u64) -> Res<u64> {
    match op {
        "get" => {
            let u = a.get_user(i % 1000).await?;
            assert_eq!(u.id, 42);
            black_box(u);
        }
        "list" => {
            let v = a.list_users((i % 100) as u32, 30).await?;
            assert_eq!(v.len(), 30);
            black_box(v);
        }
        "post" => {
            let u = a.create_user(&new_user()).await?;
            assert_eq!(u.id, 42);
            black_box(u);
        }
        "large" => {
            let v = a.large().await?;
            assert!(v.len() > 1000);
            black_box(v);
        }
        _ => return Err(format!("unknown operation {op}").into()),
    }
    Ok(1)
}

struct Args {
    op: String,
    n: u64,
    warm: u64,
    conc: u64,
}

fn args() -> Args {
    let mut it = std::env::args().skip(1);
    let mut a = Args { op: "get".into(), n: 1000, warm: 0, conc: 1 };
    let mut pos = 0;
    while let Some(s) = it.next() {
        let mut num = || it.next().and_then(|v| v.parse().ok()).expect("number");
        match s.as_str() {
            "--warm" => a.warm = num(),
            "--conc" => a.conc = num(),
            _ if pos == 0 => {
                a.op = s;
                pos = 1;
            }
            _ => a.n = s.parse().expect("N"),
        }
    }
    a
}

pub fn main<A: Api>() {
    let a = args();
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    if a.conc == 1 {
        rt.block_on(run_seq::<A>(&a)).unwrap();
    } else {
        assert!(A::CONCURRENT, "one connection only");
        rt.block_on(local.run_until(run_conc::<A>(&a))).unwrap();
    }
}

async fn run_seq<A: Api>(a: &Args) -> Res<()> {
    let api = A::connect().await?;
    for i in 0..a.warm {
        call(&api, &a.op, i).await?;
    }
    let mut lat: Vec<u64> = Vec::with_capacity(a.n as usize);
    let m0 = alloc::snapshot();
    let (u0, s0) = cpu();
    let t0 = Instant::now();
    let mut units = 0;
    let mut last = t0;
    for i in 0..a.n {
        units += call(&api, &a.op, i).await?;
        let now = Instant::now();
        lat.push((now - last).as_nanos() as u64);
        last = now;
    }
    let wall = t0.elapsed();
    let (u1, s1) = cpu();
    report(a, units, wall, u1 - u0, s1 - s0, m0, alloc::snapshot(), lat);
    Ok(())
}

async fn run_conc<A: Api>(a: &Args) -> Res<()> {
    let api = Rc::new(A::connect().await?);
    for _ in 0..2 {
        let hs: Vec<_> = (0..a.conc)
            .map(|i| {
                let api = api.clone();
                let op = a.op.clone();
                tokio::task::spawn_local(async move { call(&*api, &op, i).await.unwrap() })
            })
            .collect();
        for h in hs {
            h.await?;
        }
    }
    let m0 = alloc::snapshot();
    let (u0, s0) = cpu();
    let t0 = Instant::now();
    let per = a.n / a.conc;
    let hs: Vec<_> = (0..a.conc)
        .map(|_| {
            let api = api.clone();
            let op = a.op.clone();
            tokio::task::spawn_local(async move {
                let mut lat = Vec::with_capacity(per as usize);
                for i in 0..per {
                    let t = Instant::now();
                    call(&*api, &op, i).await.unwrap();
                    lat.push(t.elapsed().as_nanos() as u64);
                }
                lat
            })
        })
        .collect();
    let mut lat = Vec::new();
    for h in hs {
        lat.extend(h.await?);
    }
    let wall = t0.elapsed();
    let (u1, s1) = cpu();
    let units = per * a.conc;
    report(a, units, wall, u1 - u0, s1 - s0, m0, alloc::snapshot(), lat);
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn report(
    a: &Args,
    units: u64,
    wall: Duration,
    user: Duration,
    sys: Duration,
    m0: (u64, u64, u64),
    m1: (u64, u64, u64),
    mut lat: Vec<u64>,
) {
    lat.sort_unstable();
    let q = |p: f64| lat.get(((lat.len() - 1) as f64 * p) as usize).copied().unwrap_or(0) as f64 / 1e3;
    let n = units.max(1) as f64;
    let us = |d: Duration| d.as_secs_f64() * 1e6 / n;
    println!(
        "op={} n={} conc={} units={} wall_us={:.3} user_us={:.3} sys_us={:.3} allocs={:.2} reallocs={:.2} bytes={:.1} p50_us={:.2} p99_us={:.2}",
        a.op, a.n, a.conc, units, us(wall), us(user), us(sys),
        (m1.0 - m0.0) as f64 / n, (m1.1 - m0.1) as f64 / n, (m1.2 - m0.2) as f64 / n,
        q(0.5), q(0.99),
    );
}
