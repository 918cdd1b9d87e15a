//! A request head that never ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::sleep;

use super::connection::{Channel, Connection, Connector};

impl Connector {
    /// Sends the head of a delivery without its credential, one byte per `pause`, and goes on with
    /// a header that never ends. Returns when the receiver has closed the connection or answered.
    pub async fn drip_head(&self, connection: &mut Connection, pause: Duration) {
        let start = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nX-Padding: ",
            self.target.path_and_query(),
            self.target.authority()
        );
        let endless = start
            .into_bytes()
            .into_iter()
            .chain(std::iter::repeat(b'a'));
        // Heads of HTTP/2 are no bytes that could be held back one by one.
        let Channel::Http1 { stream, .. } = &mut connection.channel else {
            return;
        };
        let mut byte = [0];
        for next in endless {
            if stream.write_all(&[next]).await.is_err() {
                return;
            }
            tokio::select! {
                () = sleep(pause) => {}
                _ = stream.read(&mut byte) => return,
            }
        }
    }
}
