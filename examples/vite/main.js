import { analyze, loadEncoder, openGpu, openImages } from 'memgpu';
import 'memgpu/element';

const [encoder, images, view] = ['#encoder', '#images', 'memgpu-report'].map((name) => document.querySelector(name));
images.onchange = async () => {
  const f = await loadEncoder(await openGpu(), encoder.files[0]);
  view.report = (await analyze({ encoder: f, sets: { candidates: await openImages(images.files) } })).report;
};
