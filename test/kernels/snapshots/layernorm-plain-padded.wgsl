const VIEWS = 20u;
const POSITIONS = 1u;
const CHANNELS = 77u;
const C4 = 20u;
const EPS = 1e-12f;
// Layer normalisation over the channels of each position; no workgroup memory, no barrier.
//
//   out[b, p, c] = (in[b, p, c] − mean) / √(variance + EPS) · weight[c] + bias[c]
//   mean = Σ_c in / CHANNELS;  variance = Σ_c (in − mean)² / CHANNELS, in a reading of its own, so that nothing cancels
//
// Layouts   in, out [b][POSITIONS][C4] vec4f;  channels: weight, bias, C4 vec4f each.
// Order     lib/sixteen.wgsl.
// Work      A thread per position.  Grid  x: ⌈POSITIONS / 64⌉, y: views.

// Sums over channels in one order for all families: the groups of four channels g, g + 16, g + 32 … are added up, then
// the sixteen results by pairs, then x, y, z, w by pairs.

fn pairs(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> vec4f { return (a + b) + (c + d); }
fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

// The values of group g of four channels; `padding` beyond CHANNELS.

fn inside(g: u32, v: vec4f, padding: f32) -> vec4f {
  return select(vec4f(padding), v, vec4u(4u * g) + vec4u(0u, 1u, 2u, 3u) < vec4u(CHANNELS));
}


@group(0) @binding(0) var<storage, read> input: array<vec4f, VIEWS * POSITIONS * C4>;
@group(0) @binding(1) var<storage, read> channels: array<vec4f, 2 * C4>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f, VIEWS * POSITIONS * C4>;

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
    sum0 += input[row + g + 0u];
    sum1 += input[row + g + 1u];
    sum2 += input[row + g + 2u];
    sum3 += input[row + g + 3u];
    sum4 += input[row + g + 4u];
    sum5 += input[row + g + 5u];
    sum6 += input[row + g + 6u];
    sum7 += input[row + g + 7u];
    sum8 += input[row + g + 8u];
    sum9 += input[row + g + 9u];
    sum10 += input[row + g + 10u];
    sum11 += input[row + g + 11u];
    sum12 += input[row + g + 12u];
    sum13 += input[row + g + 13u];
    sum14 += input[row + g + 14u];
    sum15 += input[row + g + 15u];
  }
  sum0 += input[row + 16u];
  sum1 += input[row + 17u];
  sum2 += input[row + 18u];
  sum3 += input[row + 19u];
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
      let d = input[row + g + 0u] - mean;
      square0 = fma(d, d, square0);
    }
    {
      let d = input[row + g + 1u] - mean;
      square1 = fma(d, d, square1);
    }
    {
      let d = input[row + g + 2u] - mean;
      square2 = fma(d, d, square2);
    }
    {
      let d = input[row + g + 3u] - mean;
      square3 = fma(d, d, square3);
    }
    {
      let d = input[row + g + 4u] - mean;
      square4 = fma(d, d, square4);
    }
    {
      let d = input[row + g + 5u] - mean;
      square5 = fma(d, d, square5);
    }
    {
      let d = input[row + g + 6u] - mean;
      square6 = fma(d, d, square6);
    }
    {
      let d = input[row + g + 7u] - mean;
      square7 = fma(d, d, square7);
    }
    {
      let d = input[row + g + 8u] - mean;
      square8 = fma(d, d, square8);
    }
    {
      let d = input[row + g + 9u] - mean;
      square9 = fma(d, d, square9);
    }
    {
      let d = input[row + g + 10u] - mean;
      square10 = fma(d, d, square10);
    }
    {
      let d = input[row + g + 11u] - mean;
      square11 = fma(d, d, square11);
    }
    {
      let d = input[row + g + 12u] - mean;
      square12 = fma(d, d, square12);
    }
    {
      let d = input[row + g + 13u] - mean;
      square13 = fma(d, d, square13);
    }
    {
      let d = input[row + g + 14u] - mean;
      square14 = fma(d, d, square14);
    }
    {
      let d = input[row + g + 15u] - mean;
      square15 = fma(d, d, square15);
    }
  }
  {
    let d = inside(16u, input[row + 16u] - mean, 0.0);
    square0 = fma(d, d, square0);
  }
  {
    let d = inside(17u, input[row + 17u] - mean, 0.0);
    square1 = fma(d, d, square1);
  }
  {
    let d = inside(18u, input[row + 18u] - mean, 0.0);
    square2 = fma(d, d, square2);
  }
  {
    let d = inside(19u, input[row + 19u] - mean, 0.0);
    square3 = fma(d, d, square3);
  }
  let variance = across(pairs(
    pairs(square0, square1, square2, square3),
    pairs(square4, square5, square6, square7),
    pairs(square8, square9, square10, square11),
    pairs(square12, square13, square14, square15),
  )) / f32(CHANNELS);
  let scale = 1.0 / sqrt(variance + f32(EPS));
  for (var g = 0u; g < C4; g++) {
    output[row + g] = inside(g, fma((input[row + g] - mean) * scale, channels[g], channels[C4 + g]), 0.0);
  }
}

