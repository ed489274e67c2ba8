// First reading of a tap, per view: sums per unit and of squares, and whether a value is not finite.
//
//   sums[b, s, c] = Σ_p in[b, p, c];  squares[b, s, c] = Σ_p |in[b, p, c]|²  over the positions p of slice s
//
// A slice is one of SLICES parts of the POSITIONS positions from OFFSET on: the rest of a view is left out.
//
// Layouts   in [b][STORED][C4] as bits;  sums [b][SLICES][C4] vec4f;
//           squares [b][SLICES][C4] vec2f: (sum of squares of 4 channels, 1 where one of them is NaN or infinite).
// Order     p ascending; channels x, y, z, w.
// Work      A thread per output; combined by unit-means.wgsl and view-norms.wgsl.
// Grid      x: ⌈SLICES·C4 / 64⌉, y: views.

#import "lib/bits.wgsl"

@group(0) @binding(0) var<storage, read> input: array<Bits, VIEWS * STORED * C4>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f, VIEWS * SLICES * C4>;
@group(0) @binding(2) var<storage, read_write> squares: array<vec2f, VIEWS * SLICES * C4>;

const SLICE = (POSITIONS + SLICES - 1u) / SLICES;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SLICES * C4) { return; }
  let c = id.x % C4;
  let first = id.x / C4 * SLICE;
  var sum = vec4f();
  var square = 0.0;
  var bad = vec4<bool>();
  for (var p = first; p < min(first + SLICE, POSITIONS); p++) {
    let bits = input[(id.y * STORED + OFFSET + p) * C4 + c];
    let v = valueOf(bits);
    bad = bad | nonFinite(bits);
    sum += v;
    square = fma(v.w, v.w, fma(v.z, v.z, fma(v.y, v.y, fma(v.x, v.x, square))));
  }
  let at = id.y * (SLICES * C4) + id.x;
  sums[at] = sum;
  squares[at] = vec2f(square, select(0.0, 1.0, any(bad)));
}
