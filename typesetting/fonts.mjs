// The letters of the papers. A name may hold any character, so the regular weight keeps all that it has; the bold one,
// for headings, keeps what GB/T 2312 lists: what it lacks is drawn in the regular weight. Same input, same bytes.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The characters that GB/T 2312 and ASCII list, and the typographic signs that papers use beside them. */
function common() {
  const characters = new Set();
  const decoder = new TextDecoder("gbk");
  for (let lead = 0xa1; lead <= 0xf7; lead += 1) {
    for (let trail = 0xa1; trail <= 0xfe; trail += 1) characters.add(decoder.decode(Uint8Array.of(lead, trail)));
  }
  for (let code = 0x20; code < 0x7f; code += 1) characters.add(String.fromCodePoint(code));
  for (const sign of "¥¥—–…“”‘’·•〓□■○●√×№㎡㎥℃①②③④⑤⑥⑦⑧⑨⑩") characters.add(sign);
  characters.delete("\ufffd");
  // Later editions filled gaps of the list, which decoders of different years read differently or leave to private use.
  for (const sign of "€ḿǹ︐︑︒︓︔︕︖︗︘︙") characters.delete(sign);
  for (const sign of characters) if (sign >= "\ue000" && sign <= "\uf8ff") characters.delete(sign);
  return [...characters].filter((text) => [...text].length === 1).map((text) => text.codePointAt(0)).sort((a, b) => a - b);
}

/** The font `bytes` with only the characters `codes`, without hints. */
async function subset(bytes, codes, modules) {
  const wasm = await readFile(join(modules, "harfbuzzjs/dist/harfbuzz-subset.wasm"));
  const { exports: hb } = (await WebAssembly.instantiate(wasm)).instance;
  hb._initialize?.();
  const held = hb.malloc(bytes.length);
  new Uint8Array(hb.memory.buffer).set(bytes, held);
  const blob = hb.hb_blob_create(held, bytes.length, 1 /* read only */, 0, 0);
  const face = hb.hb_face_create(blob, 0);
  const input = hb.hb_subset_input_create_or_fail();
  const wanted = hb.hb_subset_input_unicode_set(input);
  for (const code of codes) hb.hb_set_add(wanted, code);
  hb.hb_subset_input_set_flags(input, 0x1 /* no hints */);
  const cut = hb.hb_subset_or_fail(face, input);
  if (!cut) throw new Error("the font could not be cut");
  const result = hb.hb_face_reference_blob(cut);
  const start = hb.hb_blob_get_data(result, 0);
  return new Uint8Array(hb.memory.buffer, start, hb.hb_blob_get_length(result)).slice();
}

const here = dirname(fileURLToPath(import.meta.url)), modules = join(here, "..", "node_modules"), fonts = join(here, "fonts");
const serif = (name) => readFile(join(modules, "@expo-google-fonts/noto-serif-sc", name));
await mkdir(fonts, { recursive: true });
await writeFile(join(fonts, "NotoSerifSC-Regular.ttf"), await serif("400Regular/NotoSerifSC_400Regular.ttf"));
await writeFile(join(fonts, "NotoSerifSC-Bold.ttf"), await subset(await serif("700Bold/NotoSerifSC_700Bold.ttf"), common(), modules));
