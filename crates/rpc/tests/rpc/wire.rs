//! HTTP/2 by hand (RFC 9113), for what no client library would send.

use std::net::{Ipv4Addr, SocketAddr};

use docket_testkit::within_ten_seconds;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn new(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Self {
        Self { kind, flags, stream, payload: payload.to_vec() }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).expect("frames are short").to_be_bytes();
        [&length[1..], &[self.kind, self.flags], &self.stream.to_be_bytes(), &self.payload].concat()
    }

    /// The next frame; `None` where the connection has ended.
    pub(crate) async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = [0; 9];
        within_ten_seconds(stream.read_exact(&mut head)).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        within_ten_seconds(stream.read_exact(&mut payload)).await.ok()?;
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Self { kind: head[3], flags: head[4], stream: id, payload })
    }

    /// The next frame of this kind. A ping is answered on the way: the server waits for it before it says good-bye.
    pub(crate) async fn read_until(stream: &mut TcpStream, kind: u8) -> Option<Self> {
        loop {
            let frame = Self::read(stream).await?;
            if frame.kind == PING && frame.flags & ACK == 0 {
                stream.write_all(&Self::new(PING, ACK, 0, &frame.payload).encode()).await.ok()?;
            }
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }
}

/// A connection that has said the preface and its (empty) settings. A server may close it meanwhile.
pub(crate) async fn open(address: SocketAddr) -> TcpStream {
    open_from(Ipv4Addr::LOCALHOST, address, &[]).await
}

/// The same from another address of the loopback interface, with these settings (RFC 9113, 6.5.1).
pub(crate) async fn open_from(source: Ipv4Addr, address: SocketAddr, settings: &[u8]) -> TcpStream {
    let mut stream = connect_from(source, address).await;
    let hello = [PREFACE, &Frame::new(SETTINGS, 0, 0, settings).encode()].concat();
    drop(stream.write_all(&hello).await);
    stream
}

/// A connection that has said nothing.
pub(crate) async fn connect_from(source: Ipv4Addr, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((source, 0).into()).expect("an address of the loopback interface");
    socket.connect(address).await.expect("it accepts")
}

/// Sends the head of a call, and of its message of `length` bytes this much.
pub(crate) async fn begin_call(stream: &mut TcpStream, id: u32, path: &str, length: u32, sent: usize) {
    let mut bytes = headers(id, path).encode();
    let message = [&[0][..], &length.to_be_bytes(), &vec![b'x'; sent]].concat();
    for piece in message.chunks(16 * 1024) {
        bytes.extend(Frame::new(DATA, 0, id, piece).encode());
    }
    stream.write_all(&bytes).await.expect("it takes the bytes");
}

/// The answer to a ping; `None` where the connection has ended.
pub(crate) async fn ping(stream: &mut TcpStream) -> Option<Frame> {
    stream.write_all(&Frame::new(PING, 0, 0, b"are you?").encode()).await.ok()?;
    loop {
        let frame = Frame::read_until(stream, PING).await?;
        if frame.flags & ACK != 0 {
            return Some(frame);
        }
    }
}

/// The headers of a gRPC call, without compression (RFC 7541, 6.2.2 and Appendix A).
pub(crate) fn headers(id: u32, path: &str) -> Frame {
    let mut block = vec![0x83, 0x86]; // POST, http
    block.extend(target(path));
    // content-type is entry 31 of the static table: 15 and 16 more.
    block.extend([0x0f, 16, 16]);
    block.extend(b"application/grpc");
    Frame::new(HEADERS, END_HEADERS, id, &block)
}

/// A whole request with the method HEAD.
pub(crate) fn head(id: u32, path: &str) -> Frame {
    // `:method` is entry 2 of the static table, with POST's and GET's values; HEAD is written out.
    let block = [&[0x02, 4], b"HEAD".as_slice(), &[0x86], &target(path)].concat();
    Frame::new(HEADERS, END_HEADERS | END_STREAM, id, &block)
}

/// `:path` and `:authority`.
fn target(path: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (indexed_name, value) in [(0x04, path), (0x01, "localhost")] {
        block.extend([indexed_name, u8::try_from(value.len()).expect("short")]);
        block.extend(value.as_bytes());
    }
    block
}

/// Sends a whole call.
pub(crate) async fn call(stream: &mut TcpStream, id: u32, path: &str, body: &[u8]) {
    let bytes = [headers(id, path).encode(), Frame::new(DATA, END_STREAM, id, body).encode()].concat();
    stream.write_all(&bytes).await.expect("it takes the bytes");
}
