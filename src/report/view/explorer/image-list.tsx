import { useMemo } from 'preact/hooks';
import type { Report } from '../../../analysis/result.js';
import type { Details, ListedImage } from '../../details.js';
import { signed } from '../../format.js';
import { higherSays } from '../../glossary.js';
import { FileName, Name } from '../name.js';
import type { Place } from './place.js';
import { type SortableColumn, SortableTable } from './sortable-table.js';
import { useLoaded } from './use-loaded.js';

/** All known images. */
export function ImageList({ report, details, go }: { report: Report; details: Details; go: (place: Place) => void }) {
  const images = useLoaded(() => details.images(), []);
  const columns = useMemo(() => columnsOf(go), [go]);
  if (images === undefined) return <p role="status">Reading the images</p>;
  return (
    <>
      <p class="note">
        Scores are {report.encoders.g ? 'SSLMem' : 'minus the alignment'} at the last layer; {higherSays(report)}.
      </p>
      <SortableTable
        caption="Images by their score"
        sought="name or label"
        columns={columns}
        rows={images}
        keyOf={keyOf}
        textOf={textOf}
      />
    </>
  );
}

const keyOf = ({ position }: ListedImage) => position;
const textOf = ({ name, label }: ListedImage) => `${name} ${label ?? ''}`;

function columnsOf(go: (place: Place) => void): readonly SortableColumn<ListedImage>[] {
  return [
    {
      title: 'Image',
      value: ({ name }) => name,
      cell: ({ name, position }) => (
        <button type="button" class="link" onClick={() => go({ is: 'image', position })}>
          <FileName path={name} />
        </button>
      ),
    },
    { title: 'Rank', number: true, value: ({ rank }) => rank, cell: ({ rank }) => rank },
    { title: 'Score', number: true, value: ({ score }) => score, cell: ({ score }) => signed(score) },
    {
      title: 'Label',
      value: ({ label }) => label ?? '',
      cell: ({ label }) => (label === null ? '–' : <Name text={label} max={24} />),
    },
  ];
}
