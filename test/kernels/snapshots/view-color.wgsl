const SIZE = 32u;
const VIEWS = 20u;
const STEPS = 5u;
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
// Loops of at most one turn are branches: software adapters run both arms of an `if`, but skip a loop.
//
// Layouts   steps [b][STEPS] (code, bits of v);  means [b];  pixels [b][SIZE·SIZE] (r, g, b, 0).
// Work      A thread per pixel of a view.  Grid  x: ⌈SIZE² / 64⌉, y: views.

// Luma as torchvision computes it on tensors.

fn gray(x: vec3f) -> f32 { return 0.2989 * x.r + 0.587 * x.g + 0.114 * x.b; }


struct Normalisation { mean: vec4f, deviation: vec4f }

@group(0) @binding(0) var<storage, read> steps: array<vec2u, VIEWS * STEPS>;
@group(0) @binding(1) var<storage, read> means: array<f32, VIEWS>;
@group(0) @binding(2) var<uniform> normalisation: Normalisation;
@group(0) @binding(3) var<storage, read_write> pixels: array<vec4f, VIEWS * SIZE * SIZE>;

fn clamped(x: vec3f) -> vec3f { return clamp(x, vec3f(0.0), vec3f(1.0)); }

// Through hue (in turns), saturation S and value V. With spread = V·S, a channel is V − spread · clamp(min(k, 4 − k), 0, 1)
// where k = (5, 3, 1) + 6 hue, modulo 6: torchvision's six sectors in one formula, which black needs no exception from.
fn turnHue(x: vec3f, turns: f32) -> vec3f {
  let value = max(x.r, max(x.g, x.b));
  let spread = value - min(x.r, min(x.g, x.b));
  let c = (value - x) / select(spread, 1.0, spread == 0.0);
  let sector = select(select(4.0 + c.g - c.r, 2.0 + c.r - c.b, value == x.g), c.b - c.g, value == x.r);
  let k = 6.0 * fract(sector / 6.0 + (turns + 1.0) + vec3f(5.0, 3.0, 1.0) / 6.0);
  let part = clamp(min(k, 4.0 - k), vec3f(0.0), vec3f(1.0));
  return select(clamped(value - spread * part), vec3f(value), part == vec3f(0.0));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE * SIZE) { return; }
  if (steps[id.y * STEPS].x == 0u) { return; }
  let at = id.y * (SIZE * SIZE) + id.x;
  let mean = vec3f(means[id.y]);
  var x = pixels[at].rgb;
  for (var s = 0u; s < STEPS; s++) {
    let step = steps[id.y * STEPS + s];
    if (step.x == 0u) { break; }
    let v = bitcast<f32>(step.y);
    let luma = vec3f(gray(x));
    let other = select(select(vec3f(0.0), mean, step.x == 2u), luma, step.x == 3u);
    let blended = clamped(v * x + (1.0 - v) * other);
    let inverted = select(x, 1.0 - x, vec3<bool>(step.x == 6u) | (x >= vec3f(v)));
    for (var hue = step.x == 4u; hue; hue = false) { x = turnHue(x, v); }
    for (var last = step.x == 8u; last; last = false) {
      x = (x - normalisation.mean.rgb) / normalisation.deviation.rgb;
    }
    if (step.x <= 3u) { x = blended; }
    if (step.x == 5u) { x = luma; }
    if (step.x == 6u || step.x == 7u) { x = inverted; }
  }
  pixels[at] = vec4f(x, 0.0);
}

