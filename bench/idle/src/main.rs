//! How much memory a client holds, in bytes of the heap: one that was never used, one with an idle connection, and each call of a
//! thousand in flight. The server is a process of its own.
use apiclient::{Client, Method, transport::Hyper};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicIsize, Ordering},
};

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: it hands everything on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn live() -> isize {
    LIVE.load(Ordering::Relaxed)
}

/// Answers once so many requests are there and somebody has said a line.
fn serve(calls: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let mut streams: Vec<TcpStream> = Vec::new();
    while streams.len() < calls {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let _ = stream.read(&mut request).unwrap();
        }
        streams.push(stream);
    }
    println!("all");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for stream in &mut streams {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7").unwrap();
    }
    // The connections stay until nobody needs them.
    let _ = std::io::stdin().read_line(&mut String::new());
}

struct Server {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    url: String,
}

impl Server {
    fn start(calls: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve", &calls.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        lines.read_line(&mut url).unwrap();
        Server { child, lines, url: url.trim().to_owned() }
    }

    fn wait_for_all(&mut self) {
        self.lines.read_line(&mut String::new()).unwrap();
    }

    fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }
}

fn client(over: &str, url: &str) -> Client {
    let builder = Client::builder().base_url(url);
    match over {
        "hyper" => builder.transport(Hyper::new()).build().unwrap(),
        _ => builder.build().unwrap(),
    }
}

fn measure(over: &str, calls: usize) -> (isize, isize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut server = Server::start(calls);
    let client = client(over, &server.url);
    let before = live();
    let held: Vec<_> = runtime.block_on(async {
        (0..calls).map(|_| tokio::spawn(client.call(Method::GET, "/number").fetch::<u8>())).collect()
    });
    // Until all are there the runtime has to be turned.
    let all = std::thread::spawn(move || {
        server.wait_for_all();
        server
    });
    runtime.block_on(async {
        while !all.is_finished() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    let in_flight = live() - before;
    let mut server = all.join().unwrap();
    server.go_on();
    runtime.block_on(async {
        for call in held {
            assert_eq!(call.await.unwrap().unwrap(), 7);
        }
    });
    let idle = live() - before;
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    (in_flight / calls as isize, idle)
}

fn main() {
    if let Some(calls) = std::env::args().nth(2) {
        return serve(calls.parse().unwrap());
    }
    println!("| bytes of the heap | hyper | reqwest |\n|---|---:|---:|");
    let row = |what: &str, of: &dyn Fn(&str) -> isize| println!("| {what} | {} | {} |", of("hyper"), of("reqwest"));
    row("a client that was never used", &|over| {
        let before = live();
        let clients: Vec<_> = (0..20).map(|_| client(over, "https://api.example.com")).collect();
        (live() - before) / clients.len() as isize
    });
    row("an idle connection", &|over| measure(over, 1).1);
    row("each of 1,000 calls in flight, its connection included", &|over| measure(over, 1000).0);
}
