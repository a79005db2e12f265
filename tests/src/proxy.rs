//! A proxy on a loopback socket: it forwards, tunnels, and speaks SOCKS, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// A proxy that takes whoever comes to wherever they want.
#[derive(Debug)]
pub struct Proxy {
    /// Host and port.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// One that refuses each tunnel with this status, if there is one.
    ///
    /// # Panics
    ///
    /// Without a loopback port.
    pub async fn start(refuses: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("bound").to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                // Whoever goes away early is no failure of the proxy.
                tokio::spawn(async move { serve(stream, &kept, refuses).await.ok() });
            }
        });
        Proxy { address, asked }
    }

    /// What it was asked: the head of a request to forward or of a CONNECT, or where SOCKS should lead.
    ///
    /// # Panics
    ///
    /// If the proxy did.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no proxy panics").clone()
    }
}

async fn serve(
    mut client: TcpStream,
    asked: &Mutex<Vec<String>>,
    refuses: Option<u16>,
) -> std::io::Result<()> {
    let keep = |what: String| asked.lock().expect("no proxy panics").push(what);
    let target = match client.read_u8().await? {
        5 => {
            let (target, login) = socks5(&mut client).await?;
            keep(format!("SOCKS5 {target} {login}"));
            target
        }
        4 => {
            let target = socks4(&mut client).await?;
            keep(format!("SOCKS4 {target}"));
            target
        }
        first => return http(client, first, &keep, refuses).await,
    };
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

async fn http(
    mut client: TcpStream,
    first: u8,
    keep: &(dyn Fn(String) + Sync),
    refuses: Option<u16>,
) -> std::io::Result<()> {
    let mut head = vec![first];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    keep(head.clone());
    let mut words = head.split(' ');
    let (verb, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if verb == "CONNECT" {
        if let Some(status) = refuses {
            return client.write_all(format!("HTTP/1.1 {status} No\r\n\r\n").as_bytes()).await;
        }
        let mut server = TcpStream::connect(url).await?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        return copy_bidirectional(&mut client, &mut server).await.map(drop);
    }
    let (authority, path) = url.trim_start_matches("http://").split_once('/').unwrap_or((url, ""));
    let mut server = TcpStream::connect(authority).await?;
    server.write_all(head.replacen(url, &format!("/{path}"), 1).as_bytes()).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// RFC 1928 and 1929, behind the version.
async fn socks5(client: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut methods = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut methods).await?;
    let wants_login = methods.contains(&2);
    client.write_all(&[5, if wants_login { 2 } else { 0 }]).await?;
    let mut login = String::new();
    if wants_login {
        client.read_u8().await?;
        login = format!("{}:{}", text(client).await?, text(client).await?);
        client.write_all(&[1, 0]).await?;
    }
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => {
            let mut address = [0; 4];
            client.read_exact(&mut address).await?;
            std::net::Ipv4Addr::from(address).to_string()
        }
        _ => text(client).await?,
    };
    let port = client.read_u16().await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok((format!("{host}:{port}"), login))
}

/// Its length, and a text.
async fn text(client: &mut TcpStream) -> std::io::Result<String> {
    let mut text = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// SOCKS4 and 4a, behind the version.
async fn socks4(client: &mut TcpStream) -> std::io::Result<String> {
    client.read_u8().await?;
    let port = client.read_u16().await?;
    let mut address = [0; 4];
    client.read_exact(&mut address).await?;
    while client.read_u8().await? != 0 {}
    let mut host = std::net::Ipv4Addr::from(address).to_string();
    if address[..3] == [0, 0, 0] {
        host.clear();
        loop {
            match client.read_u8().await? {
                0 => break,
                byte => host.push(char::from(byte)),
            }
        }
    }
    client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await?;
    Ok(format!("{host}:{port}"))
}
