// A page of its own: files in, a report out, with progress, a way to stop, and errors that say what to do.
import { analyze, loadEncoder, openGpu, openImages } from 'memgpu';
import 'memgpu/element';

const form = document.querySelector('form');
const status = document.querySelector('[role=status]');
const { encoder, reference, candidates, external, stop } = form.elements;

form.onsubmit = async (event) => {
  event.preventDefault();
  const controller = new AbortController();
  stop.disabled = false;
  stop.onclick = () => controller.abort();
  const gpu = await openGpu().catch(tell);
  if (!gpu) return;
  try {
    status.textContent = `Reading on ${gpu.facts.name}`;
    const { report } = await analyze({
      encoder: await loadEncoder(gpu, encoder.files[0]),
      ...(reference.files[0] && { reference: await loadEncoder(gpu, reference.files[0]) }),
      sets: {
        candidates: await openImages(candidates.files),
        ...(external.files[0] && { external: await openImages(external.files) }),
      },
      signal: controller.signal,
      onProgress({ done, total, left }) {
        status.textContent = `${done} of ${total} images${left === null ? '' : `, ${Math.ceil(left)} s left`}`;
      },
    });
    status.textContent = 'Measured';
    document.querySelector('memgpu-report').report = report;
  } catch (error) {
    tell(error);
  } finally {
    stop.disabled = true;
    await gpu.dispose();
  }
};

function tell({ message, hint = '' }) {
  status.textContent = `${message}. ${hint}`;
}
