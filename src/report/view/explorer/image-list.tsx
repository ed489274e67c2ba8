import { useMemo } from 'preact/hooks';
import type { ListedImage } from '../../details.js';
import { signed } from '../../format.js';
import { ALIGNMENT, higherSays, sslMem } from '../../glossary.js';
import { Definitions } from '../definitions.js';
import { Name } from '../name.js';
import { ImageLink } from './image-link.js';
import { LoadedPicture } from './loaded-picture.js';
import type { Explored } from './place.js';
import { type SortableColumn, SortableTable } from './sortable-table.js';

/** All known images. */
export function ImageList({ tables, ...explored }: Explored) {
  const { report, details, images } = explored;
  const columns = useMemo(() => columnsOf(explored), [report, details, images]);
  const rows = useMemo(() => [...images.values()], [images]);
  const reference = report.encoders.g !== undefined;
  return (
    <>
      <Definitions terms={[reference ? sslMem(report) : ALIGNMENT]} />
      <p>
        Scores are {reference ? 'SSLMem' : 'minus the alignment'} at the last layer; {higherSays(report)}.
      </p>
      <SortableTable
        caption="Images by their score"
        sought="name or label"
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        textOf={textOf}
        tables={tables}
      />
    </>
  );
}

const keyOf = ({ position }: ListedImage) => position;
const textOf = ({ name, label }: ListedImage) => `${name} ${label ?? ''}`;

function columnsOf({ report, details, go }: Omit<Explored, 'tables'>): readonly SortableColumn<ListedImage>[] {
  const pictures = details.complete || report.images.some(({ picture }) => picture !== null);
  return [
    {
      title: 'Image',
      value: ({ name }) => name,
      cell: (image) => <ImageLink position={image.position} image={image} go={go} />,
    },
    ...(pictures
      ? [
          {
            title: 'Picture',
            cell: ({ position, name }: ListedImage) => (
              <LoadedPicture details={details} position={position} name={name} />
            ),
          },
        ]
      : []),
    { title: 'Rank', number: true, value: ({ rank }) => rank, cell: ({ rank }) => rank },
    { title: 'Score', number: true, value: ({ score }) => score, cell: ({ score }) => signed(score) },
    {
      title: 'Label',
      value: ({ label }) => label ?? '',
      cell: ({ label }) => (label === null ? '–' : <Name text={label} max={24} />),
    },
  ];
}
