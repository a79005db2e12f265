//! From a name to addresses.

use crate::{
    address::{NotPublic, is_public},
    error::BoxError,
    time::BoxFuture,
};
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// Finds the addresses of a host, for [`HyperBuilder::resolver`](super::HyperBuilder::resolver). The default asks the system.
///
/// ```
/// use apiclient::transport::{BoxFuture, Hyper, Resolve};
/// use std::net::{IpAddr, Ipv4Addr};
///
/// /// Knows one host.
/// #[derive(Debug)]
/// struct Fixed;
///
/// impl Resolve for Fixed {
///     fn resolve(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
///         let known = host == "api.internal";
///         Box::pin(async move {
///             match known {
///                 true => Ok(vec![Ipv4Addr::new(10, 0, 0, 7).into()]),
///                 false => Err(std::io::Error::other("it knows api.internal only")),
///             }
///         })
///     }
/// }
///
/// let transport = Hyper::builder().resolver(Fixed).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub trait Resolve: fmt::Debug + Send + Sync {
    /// The addresses of `host`, the best first. Addresses of both families are tried in turn (RFC 8305).
    fn resolve(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The one that a transport uses, in the shape that its connector asks for.
#[derive(Clone)]
pub(super) struct Resolver {
    /// Names that need not be asked for.
    pub(super) known: Arc<BTreeMap<String, Vec<IpAddr>>>,
    pub(super) other: Option<Arc<dyn Resolve>>,
    pub(super) system: GaiResolver,
    /// It gives public addresses only.
    pub(super) is_public: bool,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if !self.is_public {
            return self.find(name);
        }
        let host = name.as_str().to_owned();
        let found = self.find(name);
        Box::pin(async move {
            let public: Vec<_> = found.await?.filter(|socket| is_public(socket.ip())).collect();
            if public.is_empty() { Err(NotPublic::of(&host).into()) } else { Ok(public.into_iter()) }
        })
    }
}

impl Resolver {
    fn find(&mut self, name: Name) -> <Self as Service<Name>>::Future {
        if let Some(known) = self.known.get(&name.as_str().to_ascii_lowercase()) {
            return Box::pin(std::future::ready(Ok(sockets(known.clone()))));
        }
        match &self.other {
            Some(other) => {
                let found = other.resolve(name.as_str());
                Box::pin(async move { Ok(sockets(found.await?)) })
            }
            None => {
                let found = self.system.call(name);
                Box::pin(async move { Ok(found.await?.collect::<Vec<_>>().into_iter()) })
            }
        }
    }

    /// The first address of a host, for proxies that want one.
    pub(super) async fn first(&self, host: &str) -> Result<IpAddr, BoxError> {
        if let Ok(address) = host.parse() {
            return Ok(address);
        }
        let mut found = self.clone().call(host.parse()?).await?;
        Ok(found.next().ok_or("its name has no address")?.ip())
    }
}

/// The port is set by whoever connects.
fn sockets(addresses: Vec<IpAddr>) -> std::vec::IntoIter<SocketAddr> {
    addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect::<Vec<_>>().into_iter()
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("known", &self.known)
            .field("other", &self.other)
            .finish_non_exhaustive()
    }
}
