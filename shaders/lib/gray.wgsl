// Luma as torchvision computes it on tensors.

fn gray(x: vec3f) -> f32 { return 0.2989 * x.r + 0.587 * x.g + 0.114 * x.b; }
