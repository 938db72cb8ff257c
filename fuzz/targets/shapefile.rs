//! Rubbish for the parser "shapefile".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("shapefile").expect("the parser");
    (parser.read)(bytes);
});
