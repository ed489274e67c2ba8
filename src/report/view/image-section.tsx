import type { ImageFacts, Report } from '../../analysis/result.js';
import { signed } from '../format.js';
import { ALIGNMENT, higherSays, sslMem } from '../glossary.js';
import { DataTable } from './data-table.js';
import { Definitions } from './definitions.js';
import { ImageLink } from './explorer/image-link.js';
import type { Go } from './explorer/place.js';
import { Name } from './name.js';
import { Picture } from './picture.js';

/** At either end of the ranking. */
const ENDS = 12;

/** The images of the first set with the highest and the lowest scores. */
export function ImageSection({ report, go }: { report: Report; go: Go }) {
  const { most, least } = endsOf(report);
  const [top] = most;
  if (top === undefined) return null;
  const reference = report.encoders.g !== undefined;
  const pictures = report.images.some((image) => image.picture !== null);
  const show = (images: readonly ImageFacts[], caption: string) =>
    pictures ? <Gallery images={images} go={go} /> : <ImageTable images={images} caption={caption} go={go} />;
  return (
    <section>
      <h2>Images with the highest and the lowest scores</h2>
      <Definitions terms={[reference ? sslMem(report) : ALIGNMENT]} />
      <p>
        Scores are {reference ? 'SSLMem' : 'minus the alignment'} at the last layer,{' '}
        <Name text={report.layers.at(-1)!.node} />; {higherSays(report)}. Single images are far less certain than the
        mean.
      </p>
      <h3>Highest of {top.set}</h3>
      {show(most, 'The highest scores')}
      {least.length > 0 && (
        <>
          <h3>Lowest of {top.set}</h3>
          {show(least, 'The lowest scores')}
        </>
      )}
    </section>
  );
}

function Gallery({ images, go }: { images: readonly ImageFacts[]; go: Go }) {
  return (
    <ol class="gallery">
      {images.map((image) => (
        <li key={image.position}>
          <Picture source={image.picture} name={image.name} />
          <span class="value">
            <span class="rank">{image.rank}.</span> {signed(image.score)}
          </span>
          {image.label !== null && <Name text={image.label} max={20} />}
          <span class="file">
            <ImageLink position={image.position} image={image} go={go} max={30} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function ImageTable(props: { images: readonly ImageFacts[]; caption: string; go: Go }) {
  const { images, caption, go } = props;
  return (
    <DataTable
      caption={caption}
      columns={[
        { title: 'Image' },
        { title: 'Rank', number: true },
        { title: 'Score', number: true },
        { title: 'Label' },
      ]}
      rows={images.map((image) => ({
        key: image.position,
        cells: [
          <ImageLink key="name" position={image.position} image={image} go={go} />,
          image.rank,
          signed(image.score),
          image.label === null ? '–' : <Name key="label" text={image.label} max={24} />,
        ],
      }))}
    />
  );
}

/** The report lists both ends of the ranking; a small set is halved. */
function endsOf(report: Report): { most: ImageFacts[]; least: ImageFacts[] } {
  const ranked = [...report.images].sort((a, b) => a.rank - b.rank);
  const [first] = ranked;
  const n = first === undefined ? 0 : (report.sets[first.set]?.n ?? ranked.length);
  const half = Math.ceil(n / 2);
  return {
    most: ranked.filter((image) => image.rank <= Math.min(ENDS, half)),
    least: ranked.filter((image) => image.rank > Math.max(n - ENDS, half)),
  };
}
