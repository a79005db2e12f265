//! Charts of what happened in each second, as SVG.

use std::{fmt::Write, ops::Range};

const WIDTH: usize = 1200;
const CHART: usize = 210;
const GAP: usize = 66;
const TOP: usize = 96;
const LEFT: usize = 76;
const RIGHT: usize = 24;

/// A quantity, or somebody, and its colour.
#[derive(Debug, Clone, Copy)]
pub struct Line(pub &'static str, pub &'static str);

/// Charts one under the other, which share their seconds and the meaning of their lines.
#[derive(Debug)]
pub struct Figure {
    pub title: String,
    pub lines: Vec<Line>,
    /// In seconds.
    pub shaded: Range<usize>,
    /// What that means.
    pub shade: &'static str,
    /// In seconds.
    pub length: usize,
    /// All panels are as high as the highest.
    pub is_one_scale: bool,
    pub panels: Vec<Panel>,
}

#[derive(Debug)]
pub struct Panel {
    pub name: String,
    pub unit: &'static str,
    /// A value for each second, in the order of the figure's lines.
    pub lines: Vec<Vec<usize>>,
}

impl Panel {
    fn most(&self) -> usize {
        self.lines.iter().flatten().copied().max().unwrap_or_default()
    }
}

impl Figure {
    pub fn svg(&self) -> String {
        let height = TOP + self.panels.len() * (CHART + GAP) + 8;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             font-family=\"Helvetica, Arial, sans-serif\" font-size=\"14\" fill=\"#333\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
             <text x=\"{LEFT}\" y=\"30\" font-size=\"19\" font-weight=\"bold\">{}</text>\n",
            self.title,
        );
        self.legend(&mut out);
        let of_all = self.panels.iter().map(Panel::most).max().unwrap_or_default();
        for (number, panel) in self.panels.iter().enumerate() {
            let most = if self.is_one_scale { of_all } else { panel.most() };
            let step = round(most / 4);
            let most = step * most.div_ceil(step).max(1);
            let top = TOP + number * (CHART + GAP) + 28;
            Axes { figure: self, top, most, step }.draw(&mut out, panel);
        }
        out.push_str("</svg>\n");
        out
    }

    fn legend(&self, out: &mut String) {
        let mut x = LEFT;
        for Line(name, colour) in &self.lines {
            let end = x + 28;
            let text = end + 8;
            let _ = writeln!(
                out,
                "<line x1=\"{x}\" y1=\"57\" x2=\"{end}\" y2=\"57\" stroke=\"{colour}\" stroke-width=\"3\"/>\
                 <text x=\"{text}\" y=\"62\">{name}</text>"
            );
            x = text + 8 * name.len() + 24;
        }
        if !self.shaded.is_empty() {
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"48\" width=\"28\" height=\"18\" fill=\"#eee\"/><text x=\"{}\" y=\"62\">{}</text>",
                x + 36,
                self.shade,
            );
        }
    }
}

/// To one or two or five or ten times a power of ten, so that axes can be read.
fn round(step: usize) -> usize {
    let power = 10_usize.pow(step.max(1).ilog10());
    let rounded = [1, 2, 5, 10].map(|times| times * power).into_iter().find(|rounded| *rounded >= step);
    rounded.unwrap_or(step).max(1)
}

struct Axes<'a> {
    figure: &'a Figure,
    top: usize,
    most: usize,
    step: usize,
}

impl Axes<'_> {
    fn x(&self, second: usize) -> usize {
        LEFT + second * (WIDTH - LEFT - RIGHT) / self.figure.length
    }

    fn y(&self, value: usize) -> usize {
        self.top + CHART - value * CHART / self.most
    }

    fn draw(&self, out: &mut String, panel: &Panel) {
        let (left, right, bottom) = (self.x(0), self.x(self.figure.length), self.y(0));
        let (from, to) = (self.x(self.figure.shaded.start), self.x(self.figure.shaded.end));
        let _ = writeln!(
            out,
            "<rect x=\"{from}\" y=\"{}\" width=\"{}\" height=\"{CHART}\" fill=\"#eee\"/>\n\
             <text x=\"{left}\" y=\"{}\" font-size=\"16\" font-weight=\"bold\">{}</text>",
            self.top,
            to - from,
            self.top - 10,
            panel.name,
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
        for second in (0..=self.figure.length).step_by(10) {
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
            "<text x=\"{right}\" y=\"{}\" text-anchor=\"end\" fill=\"#777\">{}</text>",
            self.top - 10,
            panel.unit,
        );
        for (Line(_, colour), values) in self.figure.lines.iter().zip(&panel.lines) {
            // In the middle of its second.
            let half = (self.x(1) - self.x(0)) / 2;
            let points = values.iter().take(self.figure.length).enumerate();
            let points: Vec<_> =
                points.map(|(at, value)| format!("{},{}", self.x(at) + half, self.y(*value))).collect();
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>",
                points.join(" ")
            );
        }
    }
}
