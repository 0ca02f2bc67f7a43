//! A real name server on 127.0.0.1, over UDP, that knows a few domains.

use std::net::SocketAddr;

use hickory_resolver::proto::{
    op::{Message, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, MX},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

pub struct DnsPeer {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl DnsPeer {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let mut bytes = [0; 1_500];
            loop {
                let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
                if let Some(answer) = answer(&Message::from_vec(&bytes[..length]).unwrap()) {
                    socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
                }
            }
        });
        Self { address, serving }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DnsPeer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn answer(asked: &Message) -> Option<Message> {
    let query = asked.queries[0].clone();
    let name = query.name().clone();
    let mut answer = Message::response(asked.metadata.id, OpCode::Query);
    answer.metadata.recursion_available = true;
    let exchange = |host: &str| RData::MX(MX::new(10, Name::from_ascii(host).unwrap()));
    let records = match (name.to_ascii().as_str(), query.query_type()) {
        ("menerima.co.id.", RecordType::MX) => vec![exchange("mx.menerima.co.id.")],
        // RFC 7505.
        ("menolak.co.id.", RecordType::MX) => vec![exchange(".")],
        ("menolak.co.id." | "tanpa-mx.co.id.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 1))],
        ("enam.co.id.", RecordType::AAAA) => vec![RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))],
        ("menolak.co.id." | "menerima.co.id." | "tanpa-mx.co.id." | "enam.co.id." | "kosong.co.id.", _) => {
            Vec::new()
        }
        ("rusak.co.id.", _) => {
            answer.metadata.response_code = ResponseCode::ServFail;
            Vec::new()
        }
        ("diam.co.id.", _) => return None,
        _ => {
            answer.metadata.response_code = ResponseCode::NXDomain;
            Vec::new()
        }
    };
    answer.add_query(query);
    answer.add_answers(records.into_iter().map(|data| Record::from_rdata(name.clone(), 60, data)));
    Some(answer)
}
