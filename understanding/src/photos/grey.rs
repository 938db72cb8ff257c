//! A picture in grey, as print and comparison look at it: any window of it, in any number of cells, for a few look-ups.

use image::RgbImage;

/// A part of a picture in shares of its width and height, 0 to 1, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// What lies left of it.
    pub left: f64,
    /// What lies above it.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Window {
    /// The whole picture.
    pub const WHOLE: Window = Window { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };
}

/// A picture in grey, kept as the sums over the rectangles from its upper left corner, so that the mean over any rectangle
/// costs four look-ups.
#[derive(Debug, Clone)]
pub struct Grey {
    width: usize,
    height: usize,
    /// `(width + 1) × (height + 1)` sums, row by row; the first row and column are zero.
    sums: Vec<f64>,
}

/// Between which columns (or rows) a border lies: the one before it, and the share of the next one that it takes in.
type Border = (usize, f64);

impl Grey {
    /// The grey values of a picture: 77 parts red, 150 green, 29 blue of 256 (ITU-R BT.601), 0 to 255.
    pub fn of(picture: &RgbImage) -> Grey {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut sums = vec![0.0; (width + 1) * (height + 1)];
        let mut above = vec![0.0; width + 1];
        for (pixels, sums) in picture.rows().zip(sums.chunks_exact_mut(width + 1).skip(1)) {
            let mut line = 0;
            for ((pixel, sum), above) in pixels.zip(sums.iter_mut().skip(1)).zip(above.iter_mut().skip(1)) {
                let [red, green, blue] = pixel.0.map(u64::from);
                line += 77 * red + 150 * green + 29 * blue;
                *above += line as f64 / 256.0;
                *sum = *above;
            }
        }
        Grey { width, height, sums }
    }

    /// The mean grey values of a window in `side` × `side` cells, row by row. A window without width or height, or one that
    /// reaches out of the picture, is taken as far as the picture goes; an empty picture is black.
    pub fn cells(&self, window: Window, side: usize) -> Vec<f32> {
        let columns = borders(window.left, window.width, side, self.width);
        let rows = borders(window.top, window.height, side, self.height);
        let mut cells = Vec::with_capacity(side * side);
        let mut above: Vec<f64> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let here: Vec<f64> = columns.iter().map(|column| self.sum(*column, *row)).collect();
            if index > 0 {
                let pairs = here.windows(2).zip(above.windows(2));
                cells.extend(pairs.map(|(here, above)| (here[1] - here[0] - above[1] + above[0]) as f32));
            }
            above = here;
        }
        let cell = (window.width * self.width as f64) * (window.height * self.height as f64) / (side * side) as f64;
        if cell > 0.0 {
            let share = (1.0 / cell) as f32;
            cells.iter_mut().for_each(|value| *value *= share);
        }
        cells
    }

    /// The sum over everything left of a column border and above a row border.
    fn sum(&self, (column, right): Border, (row, below): Border) -> f64 {
        let at = |column: usize, row: usize| {
            self.sums.get(row.min(self.height) * (self.width + 1) + column.min(self.width)).copied().unwrap_or_default()
        };
        let line = |row: usize| {
            let left = at(column, row);
            left + (at(column + 1, row) - left) * right
        };
        let upper = line(row);
        upper + (line(row + 1) - upper) * below
    }
}

fn borders(start: f64, length: f64, side: usize, pixels: usize) -> Vec<Border> {
    let pixels = pixels as f64;
    (0..=side)
        .map(|index| {
            let at = ((start + length * index as f64 / side as f64) * pixels).clamp(0.0, pixels);
            (at.floor() as usize, at.fract())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slope(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let value = u8::try_from((x * 7 + y * 13) % 256).unwrap_or_default();
            image::Rgb([value, value, value])
        })
    }

    #[test]
    fn one_cell_is_one_pixel_where_there_are_as_many() {
        let picture = slope(8, 8);
        let cells = Grey::of(&picture).cells(Window::WHOLE, 8);
        for (pixel, cell) in picture.pixels().zip(cells) {
            assert!((f32::from(pixel[0]) - cell).abs() < 0.01);
        }
    }

    #[test]
    fn a_cell_between_pixels_takes_their_shares() {
        let picture = RgbImage::from_fn(3, 1, |x, _| image::Rgb([[0, 90, 240][x as usize]; 3]));
        let cells = Grey::of(&picture).cells(Window::WHOLE, 2);
        // One and a half pixels each: (0 + 45) / 1.5 and (45 + 240) / 1.5; one row is stretched over both.
        for (cell, expected) in cells.iter().zip([30.0, 190.0, 30.0, 190.0]) {
            assert!((cell - expected).abs() < 0.01, "{cells:?}");
        }
    }

    #[test]
    fn a_window_sees_its_own_part_only() {
        let picture = RgbImage::from_fn(10, 10, |x, y| image::Rgb([if x >= 5 && y < 5 { 200 } else { 10 }; 3]));
        let window = Window { left: 0.5, top: 0.0, width: 0.5, height: 0.5 };
        assert!(Grey::of(&picture).cells(window, 4).iter().all(|cell| (cell - 200.0).abs() < 0.01));
    }

    proptest! {
        #[test]
        fn the_mean_of_the_cells_is_the_mean_of_the_picture(width in 1_u32..70, height in 1_u32..70, side in 1_usize..40) {
            let picture = slope(width, height);
            let cells = Grey::of(&picture).cells(Window::WHOLE, side);
            prop_assert_eq!(cells.len(), side * side);
            let mean = cells.iter().sum::<f32>() / cells.len() as f32;
            let expected = picture.pixels().map(|pixel| f32::from(pixel[0])).sum::<f32>() / (width * height) as f32;
            prop_assert!((mean - expected).abs() < 0.1, "{} {}", mean, expected);
        }
    }
}
