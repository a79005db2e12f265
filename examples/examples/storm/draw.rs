//! Three charts on one scale, as SVG.

use crate::world::{Outcome, Scale, Second};
use std::fmt::Write;

const WIDTH: usize = 1200;
const CHART: usize = 210;
const GAP: usize = 66;
const TOP: usize = 96;
const LEFT: usize = 76;
const RIGHT: usize = 24;

/// A quantity, its colour, and how it is read.
type Line = (&'static str, &'static str, fn(&Second) -> usize);
const LINES: [Line; 3] = [
    ("offered load (requests)", "#b5482a", |second| second.offered),
    ("of that, retries", "#e0a030", |second| second.retries),
    ("goodput (calls that succeed)", "#2c6e9b", |second| second.good),
];

pub fn svg(outcomes: &[Outcome], scale: &Scale) -> String {
    let most = outcomes.iter().flat_map(|outcome| &outcome.seconds).map(|second| second.offered).max();
    let step = round(most.unwrap_or_default() / 4);
    let most = step * most.unwrap_or_default().div_ceil(step);
    let height = TOP + outcomes.len() * (CHART + GAP) + 8;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"14\" fill=\"#333\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"30\" font-size=\"19\" font-weight=\"bold\">{} clients, {} calls a second, a service that is down for {} s</text>\n",
        scale.clients,
        scale.clients * scale.calls,
        scale.down.len(),
    );
    legend(&mut out);
    for (number, outcome) in outcomes.iter().enumerate() {
        let axes = Axes { top: TOP + number * (CHART + GAP) + 28, most, step, scale };
        axes.draw(&mut out, outcome);
    }
    out.push_str("</svg>\n");
    out
}

/// To one or two and a half or five of a power of ten, so that axes can be read.
fn round(step: usize) -> usize {
    let power = 10_usize.pow(step.max(1).ilog10());
    [1, 2, 5, 10]
        .map(|times| times * power)
        .into_iter()
        .find(|rounded| *rounded >= step)
        .unwrap_or(step)
        .max(1)
}

fn legend(out: &mut String) {
    let mut x = LEFT;
    for (name, colour, _) in LINES {
        let end = x + 28;
        let text = end + 8;
        let _ = writeln!(
            out,
            "<line x1=\"{x}\" y1=\"57\" x2=\"{end}\" y2=\"57\" stroke=\"{colour}\" stroke-width=\"3\"/>\
             <text x=\"{text}\" y=\"62\">{name}</text>"
        );
        x = text + 8 * name.len() + 24;
    }
    let text = x + 36;
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"48\" width=\"28\" height=\"18\" fill=\"#eee\"/><text x=\"{text}\" y=\"62\">the service is down</text>"
    );
}

struct Axes<'a> {
    top: usize,
    most: usize,
    step: usize,
    scale: &'a Scale,
}

impl Axes<'_> {
    fn x(&self, second: usize) -> usize {
        LEFT + second * (WIDTH - LEFT - RIGHT) / self.scale.length
    }

    fn y(&self, value: usize) -> usize {
        self.top + CHART - value * CHART / self.most
    }

    fn draw(&self, out: &mut String, outcome: &Outcome) {
        let (left, right, bottom) = (self.x(0), self.x(self.scale.length), self.y(0));
        let (from, to) = (self.x(self.scale.down.start), self.x(self.scale.down.end));
        let _ = writeln!(
            out,
            "<rect x=\"{from}\" y=\"{}\" width=\"{}\" height=\"{CHART}\" fill=\"#eee\"/>\n\
             <text x=\"{left}\" y=\"{}\" font-size=\"16\" font-weight=\"bold\">{}</text>",
            self.top,
            to - from,
            self.top - 10,
            outcome.policy.name(),
        );
        for value in (0..=self.most).step_by(self.step) {
            let y = self.y(value);
            let _ = writeln!(
                out,
                "<line x1=\"{left}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\" stroke=\"#ddd\"/>\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value}</text>",
                left - 8,
                y + 5,
            );
        }
        for second in (0..=self.scale.length).step_by(10) {
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{second}{}</text>",
                self.x(second),
                bottom + 20,
                if second == 0 { " s" } else { "" },
            );
        }
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#777\">per second</text>",
            right,
            self.top - 10
        );
        for (_, colour, value) in LINES {
            let points = outcome.seconds[..self.scale.length].iter().enumerate();
            // In the middle of its second.
            let half = (self.x(1) - self.x(0)) / 2;
            let points: Vec<_> = points
                .map(|(at, second)| format!("{},{}", self.x(at) + half, self.y(value(second))))
                .collect();
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>",
                points.join(" ")
            );
        }
    }
}
