// Colour operations on the pixels of views, in place: each view runs its own short program, step by step.
//
//   1 brightness   clamp(v·x)                          2 contrast  clamp(v·x + (1 − v)·m), m the view's mean gray
//   3 saturation   clamp(v·x + (1 − v)·gray(x))        4 hue       hue turned by v, through HSV
//   5 grayscale    gray(x) in each channel             6 invert    1 − x
//   7 solarize     1 − x where x ≥ v                   8 normalise (x − mean) / deviation
//
// with gray(x) = 0.2989 r + 0.587 g + 0.114 b and clamp to [0, 1]: torchvision's tensor operations. Code 0 ends the
// program. m belongs to the pixels as this dispatch finds them, so contrast can only be the first step (view-gray-*.wgsl).
//
// Layouts   steps [b][STEPS] (code, bits of v);  means [b];  pixels [b][SIZE·SIZE] (r, g, b, 0).
// Work      A thread per pixel of a view.  Grid  x: ⌈SIZE² / 64⌉, y: views.

#import "lib/gray.wgsl"

struct Normalisation { mean: vec4f, deviation: vec4f }

@group(0) @binding(0) var<storage, read> steps: array<vec2u, VIEWS * STEPS>;
@group(0) @binding(1) var<storage, read> means: array<f32, VIEWS>;
@group(0) @binding(2) var<uniform> normalisation: Normalisation;
@group(0) @binding(3) var<storage, read_write> pixels: array<vec4f, VIEWS * SIZE * SIZE>;

fn blend(x: vec3f, other: vec3f, factor: f32) -> vec3f {
  return clamp(factor * x + (1.0 - factor) * other, vec3f(0.0), vec3f(1.0));
}

// Through hue (in turns), saturation S and value V, with V·S = spread put in for V (1 − S) and its like, so that black
// needs no exception. A hue next to 1 may round to 1, hence the remainder of the sector.
fn turnHue(x: vec3f, turns: f32) -> vec3f {
  let value = max(x.r, max(x.g, x.b));
  let spread = value - min(x.r, min(x.g, x.b));
  let c = (value - x) / select(spread, 1.0, spread == 0.0);
  var hue = 4.0 + c.g - c.r;
  if (value == x.g) { hue = 2.0 + c.r - c.b; }
  if (value == x.r) { hue = c.b - c.g; }
  hue = fract(hue / 6.0 + 1.0) + turns;
  let sector = (hue - floor(hue)) * 6.0;
  let f = sector - floor(sector);
  let p = clamp(value - spread, 0.0, 1.0);
  let q = clamp(value - spread * f, 0.0, 1.0);
  let t = clamp(value - spread * (1.0 - f), 0.0, 1.0);
  switch (u32(sector) % 6u) {
    case 0u: { return vec3f(value, t, p); }
    case 1u: { return vec3f(q, value, p); }
    case 2u: { return vec3f(p, value, t); }
    case 3u: { return vec3f(p, q, value); }
    case 4u: { return vec3f(t, p, value); }
    default: { return vec3f(value, p, q); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE * SIZE) { return; }
  if (steps[id.y * STEPS].x == 0u) { return; }
  let at = id.y * (SIZE * SIZE) + id.x;
  var x = pixels[at].rgb;
  for (var s = 0u; s < STEPS; s++) {
    let step = steps[id.y * STEPS + s];
    if (step.x == 0u) { break; }
    let v = bitcast<f32>(step.y);
    switch (step.x) {
      case 1u: { x = clamp(v * x, vec3f(0.0), vec3f(1.0)); }
      case 2u: { x = blend(x, vec3f(means[id.y]), v); }
      case 3u: { x = blend(x, vec3f(gray(x)), v); }
      case 4u: { x = turnHue(x, v); }
      case 5u: { x = vec3f(gray(x)); }
      case 6u: { x = 1.0 - x; }
      case 7u: { x = select(x, 1.0 - x, x >= vec3f(v)); }
      default: { x = (x - normalisation.mean.rgb) / normalisation.deviation.rgb; }
    }
  }
  pixels[at] = vec4f(x, 0.0);
}
