const SIZE = 32u;
const VIEWS = 20u;
const SOURCE_WORDS = 4096u;
// A view cut out of its picture: the box is resized, antialiased, and the view is a square of the result, maybe flipped.
//
//   out[b, y, x] = Σ_j Σ_i wy(j) wx(i) picture[top + j, left + i] / (Σ_j wy(j) · Σ_i wx(i))
//
// per axis, for a box of n pixels resized to m: centre c = (2 x + 1) n / (2 m), scale s = max(n / m, 1),
// w(i) = f((i + ½ − c) / s) over the pixels i of the box that f reaches; f is the triangle of half width 1 (bilinear), or
// the cubic of half width 2 with a = −½ (bicubic). This is torchvision's resize with antialias; bytes are divided by 255
// first. A byte picture that keeps its size keeps its values.
//
// Layouts   records [b][3] vec4u: (first word of the picture, its width, words of a plane or 0 where a pixel is 4 bytes
//           of one word, flags 1 flip x, 2 flip y, 4 bicubic); box (top, left, height, width); (resized height, resized
//           width, top and left of the view in it).
//           source: words; a plane picture is R, G and B planes of f32 bits.  out [b][SIZE·SIZE] (r, g, b, 0).
// Order     pixels of a row, then rows, both ascending.
// Work      A thread per pixel of a view.  Grid  x: ⌈SIZE² / 64⌉, y: views.

@group(0) @binding(0) var<storage, read> records: array<vec4u, 3u * VIEWS>;
@group(0) @binding(1) var<storage, read> source: array<u32, SOURCE_WORDS>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f, VIEWS * SIZE * SIZE>;

struct Taps {
  first: i32,
  end: i32,
  // Pixel i lies at (f32(i - whole) + shift) · inverse from the centre, in half widths of the triangle.
  whole: i32,
  shift: f32,
  inverse: f32,
}

// The centre is split into whole pixels and a fraction in integers, so that large pictures lose no accuracy.
fn taps(at: u32, n: u32, m: u32, reach: f32) -> Taps {
  let numerator = n * (2u * at + 1u);
  let whole = numerator / (2u * m);
  let fraction = f32(numerator - whole * (2u * m)) / f32(2u * m);
  let support = reach * max(f32(n) / f32(m), 1.0);
  let w = i32(whole);
  return Taps(
    max(w + i32(floor(fraction - support + 0.5)), 0),
    min(w + i32(floor(fraction + support + 0.5)), i32(n)),
    w,
    0.5 - fraction,
    min(f32(m) / f32(n), 1.0),
  );
}

fn triangle(t: f32) -> f32 { return max(1.0 - abs(t), 0.0); }

fn cubic(t: f32) -> f32 {
  let x = abs(t);
  let inner = (1.5 * x - 2.5) * x * x + 1.0;
  let outer = ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0;
  return select(select(0.0, outer, x < 2.0), inner, x < 1.0);
}

fn weight(tap: Taps, i: i32, bicubic: bool) -> f32 {
  let t = (f32(i - tap.whole) + tap.shift) * tap.inverse;
  if (bicubic) { return cubic(t); }
  return triangle(t);
}

// v / 255, correctly rounded: compilers make a division by a constant a multiplication, which is off by an ulp for some
// v. The remainder v − 255 q is exact in these two steps.
fn part255(v: vec3f) -> vec3f {
  let q = v * (1.0 / 255.0);
  return q + ((v - 256.0 * q) + q) * (1.0 / 255.0);
}

// The loop of at most one turn is a branch: software adapters run both arms of an `if`, but skip a loop.
fn pixel(at: u32, plane: u32) -> vec3f {
  let word = source[at];
  var v = part255(vec3f(vec3u(word, word >> 8u, word >> 16u) & vec3u(255u)));
  for (var planes = plane != 0u; planes; planes = false) {
    v = bitcast<vec3f>(vec3u(word, source[at + plane], source[at + 2u * plane]));
  }
  return v;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE * SIZE) { return; }
  let picture = records[3u * id.y];
  let box = records[3u * id.y + 1u];
  let resized = records[3u * id.y + 2u];
  var x = id.x % SIZE;
  var y = id.x / SIZE;
  if ((picture.w & 1u) != 0u) { x = SIZE - 1u - x; }
  if ((picture.w & 2u) != 0u) { y = SIZE - 1u - y; }
  let bicubic = (picture.w & 4u) != 0u;
  let reach = select(1.0, 2.0, bicubic);
  let down = taps(y + resized.z, box.z, resized.x, reach);
  let across = taps(x + resized.w, box.w, resized.y, reach);

  var sum = vec3f();
  var sumDown = 0.0;
  var sumAcross = 0.0;
  for (var j = down.first; j < down.end; j++) {
    let start = picture.x + (box.x + u32(j)) * picture.y + box.y;
    var row = vec3f();
    sumAcross = 0.0;
    for (var i = across.first; i < across.end; i++) {
      let w = weight(across, i, bicubic);
      row += w * pixel(start + u32(i), picture.z);
      sumAcross += w;
    }
    let w = weight(down, j, bicubic);
    sum += w * row;
    sumDown += w;
  }
  output[id.y * (SIZE * SIZE) + id.x] = vec4f(sum / (sumDown * sumAcross), 0.0);
}

