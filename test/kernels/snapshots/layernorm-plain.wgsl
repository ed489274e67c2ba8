const VIEWS = 20u;
const POSITIONS = 197u;
const CHANNELS = 192u;
const C4 = 48u;
const EPS = 0.000001f;
// Layer normalisation over the channels of each position; no workgroup memory, no barrier.
//
//   out[b, p, c] = (in[b, p, c] − mean) / √(variance + EPS) · weight[c] + bias[c]
//   mean = Σ_c in / CHANNELS;  variance = Σ_c (in − mean)² / CHANNELS, in a reading of its own, so that nothing cancels
//
// Layouts   in, out [b][POSITIONS][C4] Stored;  channels: weight, bias, C4 vec4f each.
// Order     lib/sixteen.wgsl.
// Work      A thread per position.  Grid  x: ⌈POSITIONS / 64⌉, y: views.

// Sums over channels in one order for all families: the groups of four channels g, g + 16, g + 32 … are added up, then
// the sixteen results by pairs, then x, y, z, w by pairs.

fn pairs(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> vec4f { return (a + b) + (c + d); }
fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

// The values of group g of four channels; `padding` beyond CHANNELS.

fn inside(g: u32, v: vec4f, padding: f32) -> vec4f {
  return v;
}

// How four channels of an activation or of packed weights lie in memory: vec4f, or with `half` four halves (IEEE 754
// binary16), two in a word, the first in the low bits. Arithmetic is f32 in either case: loads widen, exactly, and stores
// narrow, once, to the nearest half, ties to even.
//
// narrow() is written out, as pack2x16float leaves rounding and what is beyond 65504 to the driver: from 65520 on it gives
// infinity, which is found wherever a tap is read; multiples of 2⁻²⁴ below 2⁻¹⁴ are kept. A sum of such a value and 0.5
// ends where the half's last bit is, so the addition rounds it. The test for overflow holds for NaN as well.

alias Stored = vec4f;

fn widen(stored: Stored) -> vec4f { return stored; }

fn narrow(v: vec4f) -> Stored { return v; }


@group(0) @binding(0) var<storage, read> input: array<Stored, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 2 * C4>;
@group(0) @binding(2) var<storage, read_write> output: array<Stored, VIEWS * POSITIONS * C4>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= POSITIONS) { return; }
  let row = (id.y * POSITIONS + id.x) * C4;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  var sum8 = vec4f();
  var sum9 = vec4f();
  var sum10 = vec4f();
  var sum11 = vec4f();
  var sum12 = vec4f();
  var sum13 = vec4f();
  var sum14 = vec4f();
  var sum15 = vec4f();
  for (var g = 0u; g < CHANNELS / 64u * 16u; g += 16u) {
    sum0 += widen(input[row + g + 0u]);
    sum1 += widen(input[row + g + 1u]);
    sum2 += widen(input[row + g + 2u]);
    sum3 += widen(input[row + g + 3u]);
    sum4 += widen(input[row + g + 4u]);
    sum5 += widen(input[row + g + 5u]);
    sum6 += widen(input[row + g + 6u]);
    sum7 += widen(input[row + g + 7u]);
    sum8 += widen(input[row + g + 8u]);
    sum9 += widen(input[row + g + 9u]);
    sum10 += widen(input[row + g + 10u]);
    sum11 += widen(input[row + g + 11u]);
    sum12 += widen(input[row + g + 12u]);
    sum13 += widen(input[row + g + 13u]);
    sum14 += widen(input[row + g + 14u]);
    sum15 += widen(input[row + g + 15u]);
  }
  let mean = across(pairs(
    pairs(sum0, sum1, sum2, sum3),
    pairs(sum4, sum5, sum6, sum7),
    pairs(sum8, sum9, sum10, sum11),
    pairs(sum12, sum13, sum14, sum15),
  )) / f32(CHANNELS);
  var square0 = vec4f();
  var square1 = vec4f();
  var square2 = vec4f();
  var square3 = vec4f();
  var square4 = vec4f();
  var square5 = vec4f();
  var square6 = vec4f();
  var square7 = vec4f();
  var square8 = vec4f();
  var square9 = vec4f();
  var square10 = vec4f();
  var square11 = vec4f();
  var square12 = vec4f();
  var square13 = vec4f();
  var square14 = vec4f();
  var square15 = vec4f();
  for (var g = 0u; g < CHANNELS / 64u * 16u; g += 16u) {
    {
      let d = widen(input[row + g + 0u]) - mean;
      square0 = fma(d, d, square0);
    }
    {
      let d = widen(input[row + g + 1u]) - mean;
      square1 = fma(d, d, square1);
    }
    {
      let d = widen(input[row + g + 2u]) - mean;
      square2 = fma(d, d, square2);
    }
    {
      let d = widen(input[row + g + 3u]) - mean;
      square3 = fma(d, d, square3);
    }
    {
      let d = widen(input[row + g + 4u]) - mean;
      square4 = fma(d, d, square4);
    }
    {
      let d = widen(input[row + g + 5u]) - mean;
      square5 = fma(d, d, square5);
    }
    {
      let d = widen(input[row + g + 6u]) - mean;
      square6 = fma(d, d, square6);
    }
    {
      let d = widen(input[row + g + 7u]) - mean;
      square7 = fma(d, d, square7);
    }
    {
      let d = widen(input[row + g + 8u]) - mean;
      square8 = fma(d, d, square8);
    }
    {
      let d = widen(input[row + g + 9u]) - mean;
      square9 = fma(d, d, square9);
    }
    {
      let d = widen(input[row + g + 10u]) - mean;
      square10 = fma(d, d, square10);
    }
    {
      let d = widen(input[row + g + 11u]) - mean;
      square11 = fma(d, d, square11);
    }
    {
      let d = widen(input[row + g + 12u]) - mean;
      square12 = fma(d, d, square12);
    }
    {
      let d = widen(input[row + g + 13u]) - mean;
      square13 = fma(d, d, square13);
    }
    {
      let d = widen(input[row + g + 14u]) - mean;
      square14 = fma(d, d, square14);
    }
    {
      let d = widen(input[row + g + 15u]) - mean;
      square15 = fma(d, d, square15);
    }
  }
  let variance = across(pairs(
    pairs(square0, square1, square2, square3),
    pairs(square4, square5, square6, square7),
    pairs(square8, square9, square10, square11),
    pairs(square12, square13, square14, square15),
  )) / f32(CHANNELS);
  let scale = 1.0 / sqrt(variance + f32(EPS));
  for (var g = 0u; g < C4; g++) {
    output[row + g] = narrow(inside(g, fma((widen(input[row + g]) - mean) * scale, channels[g], channels[C4 + g]), 0.0));
  }
}

