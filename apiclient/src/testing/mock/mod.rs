//! What a generated mock is made of: one [`Mocked`] per method.

mod end;
mod keep;

pub use end::{Expectation, end, verify};
pub use keep::{AsJson, Keep, NoJson, Owned};

use super::{
    Name,
    times::{Times, Was},
    turns::Turns,
};
use crate::{
    answer::Place,
    call::{Call, FromCall},
    endpoint::Endpoint,
    error::{Error, ErrorKind, FromError},
    time::BoxFuture,
};
use std::{
    fmt,
    marker::PhantomData,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One method of a mock, as `#[api_client(mock)]` makes it: a field of the method's name. Answers come in the order in which they
/// are given, and the last one stands for all further calls (behind a last [`once`](Mocked::once) there is none).
///
/// `A` are the arguments as the mock keeps them: the argument itself where there is one, a tuple where there are several. A
/// reference is kept as what it refers to (`&str` as a `String`), what has a lifetime or is generic as JSON. `T` and `E` are those of the
/// method's `Call<T, E>`.
///
/// ```
/// use apiclient::{prelude::*, testing};
///
/// #[api_client(base_url = "https://api.example.com", mock)]
/// trait Users {
///     #[get("/teams/{team}/users/{id}")]
///     async fn user(&self, team: &str, id: u64) -> Result<String, apiclient::Error>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), apiclient::Error> {
/// let mock = UsersMock::new();
/// mock.user.fails(|| testing::error(503, "")).answers(|(team, id)| Ok(format!("{team} {id}"))).times(2);
///
/// assert!(mock.user("red", 7).await.is_err());
/// assert_eq!(mock.user("red", 8).await?, "red 8");
/// assert_eq!(mock.user.calls(), [("red".to_owned(), 7), ("red".to_owned(), 8)]);
/// # Ok(()) }
/// ```
pub struct Mocked<A, T, E> {
    endpoint: &'static Endpoint,
    map: fn(Error) -> E,
    state: Mutex<State<A, T, E>>,
}

type Function<A, T, E> = Arc<dyn Fn(&A) -> Result<T, E> + Send + Sync>;
type AsyncFunction<A, T, E> = Arc<dyn Fn(&A) -> BoxFuture<'static, Result<T, E>> + Send + Sync>;

enum Answer<A, T, E> {
    Function(Function<A, T, E>),
    Async(AsyncFunction<A, T, E>),
    /// Until it was given.
    Once(Option<Result<T, E>>),
}

struct State<A, T, E> {
    answers: Vec<Answer<A, T, E>>,
    turns: Turns,
    /// In the order in which they came; none for one that is not kept yet.
    calls: Vec<Option<A>>,
    times: Option<Times>,
    /// Why the first call without an answer got none.
    refused: Option<Refusal>,
}

/// Why a call gets no answer.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    NotMocked,
    UsedUp,
    TooOften(Times),
}

/// What a call gets.
enum Given<A, T, E> {
    Function(Function<A, T, E>),
    Async(AsyncFunction<A, T, E>),
    Once(Result<T, E>),
    Nothing(String),
}

impl<A, T, E> State<A, T, E> {
    /// What the next call gets, and its number.
    fn give(&mut self, endpoint: &'static Endpoint) -> (usize, Given<A, T, E>) {
        self.calls.push(None);
        let given = match self.refusal() {
            None => self.advance(),
            Some(refusal) => {
                self.refused.get_or_insert(refusal);
                Given::Nothing(self.told(refusal, endpoint))
            }
        };
        (self.calls.len() - 1, given)
    }

    /// Why there is no answer for this call.
    fn refusal(&self) -> Option<Refusal> {
        if let Some(times) = self.times.filter(|times| !times.allows_more(self.calls.len() - 1)) {
            return Some(Refusal::TooOften(times));
        }
        match self.answers.last() {
            None => Some(Refusal::NotMocked),
            Some(Answer::Once(None)) if self.turns.is_through(self.answers.len()) => Some(Refusal::UsedUp),
            Some(_) => None,
        }
    }

    fn advance(&mut self) -> Given<A, T, E> {
        let next = self.turns.next(self.answers.len());
        match next.and_then(|next| self.answers.get_mut(next)) {
            Some(Answer::Function(function)) => Given::Function(function.clone()),
            Some(Answer::Async(function)) => Given::Async(function.clone()),
            Some(Answer::Once(result)) => match result.take() {
                Some(result) => Given::Once(result),
                None => Given::Nothing(String::new()),
            },
            None => Given::Nothing(String::new()),
        }
    }

    /// What the test is told, with all calls so far.
    fn told(&self, refusal: Refusal, endpoint: &'static Endpoint) -> String {
        let (name, was) = (Name(endpoint), Was("called", self.calls.len()));
        match refusal {
            Refusal::NotMocked => {
                format!("`{name}` is not mocked: give it an answer, `mock.{}.returns(..)`", endpoint.name())
            }
            Refusal::UsedUp => format!("`{name}` {was}, and has {}", Answers(self.answers.len())),
            Refusal::TooOften(times) => format!("`{name}` {was}; expected: {times}"),
        }
    }
}

/// `answers for 2 calls`
struct Answers(usize);

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("an answer for one call"),
            n => write!(f, "answers for {n} calls"),
        }
    }
}

impl<A, T, E> Mocked<A, T, E> {
    /// A method that nothing is known about yet; `map` makes its errors.
    #[doc(hidden)]
    pub fn new(endpoint: &'static Endpoint, map: fn(Error) -> E) -> Self {
        let state = State {
            answers: Vec::new(),
            turns: Turns::default(),
            calls: Vec::new(),
            times: None,
            refused: None,
        };
        Mocked { endpoint, map, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State<A, T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, answer: Answer<A, T, E>) -> &Self {
        self.lock().answers.push(answer);
        self
    }

    /// Answers with a clone of this value.
    pub fn returns(&self, value: T) -> &Self
    where
        T: Clone + Send + Sync + 'static,
    {
        self.answers(move |_| Ok(value.clone()))
    }

    /// Fails with what the method makes of this error of the library: its own error type, by its rules. `testing::error(404, "..")`
    /// and `testing::failure(ErrorKind::Timeout)` make such errors. (A text that the function borrows is moved into it: `move || ..`.)
    pub fn fails(&self, error: impl Fn() -> Error + Send + Sync + 'static) -> &Self
    where
        E: 'static,
    {
        let (map, endpoint) = (self.map, self.endpoint);
        self.answers(move |_| Err(map(error().at(place(endpoint)))))
    }

    /// Answers with a function of the arguments.
    pub fn answers(&self, answer: impl Fn(&A) -> Result<T, E> + Send + Sync + 'static) -> &Self {
        self.add(Answer::Function(Arc::new(answer)))
    }

    /// Answers with a future that is made of the arguments: one that waits.
    pub fn answers_with(
        &self,
        answer: impl Fn(&A) -> BoxFuture<'static, Result<T, E>> + Send + Sync + 'static,
    ) -> &Self {
        self.add(Answer::Async(Arc::new(answer)))
    }

    /// Answers one call with this, which need not be `Clone`.
    pub fn once(&self, result: Result<T, E>) -> &Self {
        self.add(Answer::Once(Some(result)))
    }

    /// How often the method is to be called: `2`, `1..`, `..=3`, `0`. One call more is an error, one less is found when the mock is
    /// dropped, or by its `verify()`. Default: any number of times; `verify()` asks for one call at least.
    pub fn times(&self, times: impl Into<Times>) -> &Self {
        self.lock().times = Some(times.into());
        self
    }

    /// The arguments of the calls so far, in order.
    pub fn calls(&self) -> Vec<A>
    where
        A: Clone,
    {
        self.lock().calls.iter().flatten().cloned().collect()
    }

    /// How often it was called so far.
    pub fn count(&self) -> usize {
        self.lock().calls.len()
    }
}

fn place(endpoint: &'static Endpoint) -> Place {
    Place { endpoint: Some(endpoint), method: endpoint.method(), template: endpoint.template().into() }
}

impl<A, T, E> fmt::Debug for Mocked<A, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mocked({}, {})", Name(self.endpoint), Was("called", self.count()))
    }
}

/// [`Mocked`] for a method that returns `C`.
pub type MockOf<A, C> = Mocked<A, <C as FromCall>::Value, <C as FromCall>::Error>;

/// What a mocked method can return.
#[diagnostic::on_unimplemented(
    message = "a mock cannot return `{Self}`",
    label = "this method cannot be mocked",
    note = "`mock` is for methods that return a `Call`; without it, implement the trait by hand"
)]
pub trait MockReturn: FromCall {
    /// A call that is answered already.
    fn ready(result: Result<Self::Value, Self::Error>) -> Self;
    /// A call that a future answers.
    fn later(future: BoxFuture<'static, Result<Self::Value, Self::Error>>) -> Self;
}

impl<T, E> MockReturn for Call<T, E> {
    fn ready(result: Result<T, E>) -> Self {
        Call::ready(result)
    }
    fn later(future: BoxFuture<'static, Result<T, E>>) -> Self {
        Call::from_boxed(future)
    }
}

/// One call of a mocked method.
pub fn mocked<C: MockReturn, A>(method: &MockOf<A, C>, arguments: A) -> C {
    let endpoint = method.endpoint;
    let (number, given) = method.lock().give(endpoint);
    // The user's functions run outside of the lock: they may call the mock. If one panics, its call was one all the same.
    let kept = Kept { method, number, arguments: Some(arguments) };
    match (given, &kept.arguments) {
        (Given::Function(function), Some(arguments)) => C::ready(function(arguments)),
        (Given::Async(function), Some(arguments)) => C::later(function(arguments)),
        (Given::Once(result), _) => C::ready(result),
        (Given::Nothing(why), _) => C::ready(Err(refuse(endpoint, method.map, why))),
        (_, None) => C::ready(Err(refuse(endpoint, method.map, String::new()))),
    }
}

/// The arguments of a call that is answered now; in the end they are kept.
struct Kept<'a, A, T, E> {
    method: &'a Mocked<A, T, E>,
    number: usize,
    arguments: Option<A>,
}

impl<A, T, E> Drop for Kept<'_, A, T, E> {
    fn drop(&mut self) {
        let arguments = self.arguments.take();
        if let Some(place) = self.method.lock().calls.get_mut(self.number) {
            *place = arguments;
        }
    }
}

/// A method that no mock can have, because it returns what its caller says.
pub fn unmocked<C: MockReturn>(endpoint: &'static Endpoint, map: fn(Error) -> C::Error) -> C {
    let why = format!(
        "`{}` returns a type that its caller chooses, which no mock can: implement the trait by hand, or use a `Stub`",
        Name(endpoint)
    );
    C::ready(Err(refuse(endpoint, map, why)))
}

fn refuse<E>(endpoint: &'static Endpoint, map: fn(Error) -> E, why: String) -> E {
    map(Error::new(ErrorKind::Config, why).at(place(endpoint)))
}

/// How an error of the library becomes an `E`. Where it cannot, the endpoint says so, and not the mock a second time.
#[derive(Debug)]
pub struct MapOf<E>(PhantomData<E>);

impl<E: FromError> MapOf<E> {
    /// `From`
    pub const MAP: fn(Error) -> E = E::from_error;
}

/// For every other type.
pub trait NoMap<E> {
    /// Never called: such an endpoint does not compile.
    #[expect(clippy::panic, reason = "never called: such an endpoint does not compile")]
    const MAP: fn(Error) -> E = |e| panic!("{e}");
}

impl<E> NoMap<E> for MapOf<E> {}
