//! How long an attempt takes.

use super::draw::{between, unit};
use crate::random::Random;
use std::{f64::consts::TAU, time::Duration};

/// How long a [`Chaos`](super::Chaos) lets an attempt take: one half on the way to the server, the other on the way back.
///
/// ```
/// use apiclient::testing::Latency;
/// use std::time::Duration;
///
/// let (median, limit) = (Duration::from_millis(40), Duration::from_secs(5));
/// let lifelike = Latency::log_normal(median, 0.5).at_most(limit);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    shape: Shape,
    most: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Between(Duration, Duration),
    LogNormal { median: Duration, sigma: f64 },
}

impl Latency {
    /// Always the same.
    pub fn fixed(latency: Duration) -> Self {
        Self::between(latency, latency)
    }

    /// Anything from `least` to `most`, each as likely, in steps of a microsecond.
    pub fn between(least: Duration, most: Duration) -> Self {
        Self::new(Shape::Between(least.min(most), least.max(most)))
    }

    /// Log-normal, as networks are: half of the attempts take less than `median`, a few take far longer.
    ///
    /// It is `median * exp(sigma * n)`, where `n` is normal with mean 0 and deviation 1, as in `WireMock`; its mean is
    /// `median * exp(sigma * sigma / 2)`. With a `sigma` of 0.5 one in a hundred takes more than three times the median. In whole
    /// microseconds. A `sigma` below zero counts as zero.
    pub fn log_normal(median: Duration, sigma: f64) -> Self {
        Self::new(Shape::LogNormal { median, sigma: sigma.max(0.0) })
    }

    fn new(shape: Shape) -> Self {
        Latency { shape, most: Duration::from_secs(3600) }
    }

    /// What is longer takes this long. Default: an hour.
    pub fn at_most(mut self, most: Duration) -> Self {
        self.most = most;
        self
    }

    pub(super) fn draw(&self, random: &dyn Random) -> Duration {
        let drawn = match self.shape {
            Shape::Between(least, most) => {
                let span = u64::try_from(most.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
                least.saturating_add(Duration::from_micros(between(random, span)))
            }
            Shape::LogNormal { median, sigma } => {
                let seconds = median.as_secs_f64() * (sigma * normal(random)).exp();
                // Whole microseconds: the last digits of `exp` and `ln` are not the same on every machine.
                Duration::try_from_secs_f64((seconds * 1e6).round() / 1e6).unwrap_or(Duration::MAX)
            }
        };
        drawn.min(self.most)
    }
}

/// Box and Muller: A Note on the Generation of Random Normal Deviates, 1958.
fn normal(random: &dyn Random) -> f64 {
    // Not zero, which has no logarithm.
    let radius = (-2.0 * (1.0 - unit(random)).ln()).sqrt();
    radius * (TAU * unit(random)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandom;

    const MS: Duration = Duration::from_millis(1);

    fn draws(latency: Latency, count: usize) -> Vec<Duration> {
        let random = SeededRandom::new(7);
        let mut all: Vec<_> = (0..count).map(|_| latency.draw(&random)).collect();
        all.sort();
        all
    }

    #[test]
    fn within_its_limits() {
        assert_eq!(draws(Latency::fixed(5 * MS), 3), [5 * MS; 3]);
        let all = draws(Latency::between(80 * MS, 5 * MS), 10_000);
        assert!(all[0] >= 5 * MS && all[0] < 6 * MS && all[9_999] <= 80 * MS && all[9_999] > 79 * MS);
        let mean = all.iter().sum::<Duration>() / 10_000;
        assert!(mean > 42 * MS && mean < 43 * MS, "{mean:?}");
        assert_eq!(draws(Latency::between(Duration::ZERO, Duration::MAX).at_most(MS), 2)[1], MS);
        assert_eq!(draws(Latency::log_normal(Duration::MAX, 900.0), 9)[8], Duration::from_secs(3600));
        assert_eq!(draws(Latency::log_normal(5 * MS, f64::NAN), 1), [5 * MS]);
    }

    /// Median, mean and the hundredth part that is slowest, each against its formula.
    #[test]
    fn log_normal_as_the_formula_says() {
        let all = draws(Latency::log_normal(100 * MS, 0.5), 100_000);
        let near = |found: Duration, expected: f64| (found.as_secs_f64() / expected - 1.0).abs() < 0.01;
        assert!(near(all[50_000], 0.1), "{:?}", all[50_000]);
        assert!(near(all.iter().sum::<Duration>() / 100_000, 0.1 * (0.125_f64).exp()));
        assert!(near(all[99_000], 0.1 * (0.5 * 2.326_348_f64).exp()), "{:?}", all[99_000]);
    }
}
