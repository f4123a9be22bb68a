// The matrices of Winograd's minimal filtering F(4x4, 3x3), by the construction of Cook and Toom.

/** The sides of a filter, of a tile of the result, and of the images' part that gives such a tile. */
export const FILTER = 3, TILE = 4, PART = TILE + FILTER - 1;
/** Where polynomials are evaluated, besides infinity: those that round least of small fractions. */
const POINTS = [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2];

/** A matrix `[to, from]`. */
export type Matrix = number[][];

/** From a part of the images, a filter or a tile to values at points; the transposed one leads back. */
export const PART_TO_POINTS = square(lagrangeNumerators());
export const FILTER_TO_POINTS = square(
  powers(FILTER).map((row, i) => row.map((x) => x / denominator(i))),
);
export const TILE_TO_POINTS = square(powers(TILE));

/** The first powers of each point; at infinity only the last counts. */
function powers(count: number): Matrix {
  const exponents = Array.from({ length: count }, (_, exponent) => exponent);
  return [
    ...POINTS.map((point) => exponents.map((exponent) => point ** exponent)),
    exponents.map((exponent) => exponent === count - 1 ? 1 : 0),
  ];
}

/** The coefficients of Lagrange's polynomials, from the constant on, without their denominators. */
function lagrangeNumerators(): Matrix {
  return [...POINTS.keys(), undefined].map((left) => {
    const roots = POINTS.filter((_, i) => i !== left);
    const coefficients = roots.reduce<number[]>(
      (of, root) => [0, ...of].map((higher, i) => higher - root * (of[i] ?? 0)),
      [1],
    );
    return Array.from({ length: PART }, (_, i) => coefficients[i] ?? 0);
  });
}

/** The denominator of Lagrange's polynomial of a point. */
function denominator(index: number): number {
  const [point, others] = [POINTS[index], POINTS.filter((_, i) => i !== index)];
  return point === undefined ? 1 : others.reduce((product, other) => product * (point - other), 1);
}

/** What applies a matrix to the rows and to the columns of a square: its Kronecker square. */
function square(matrix: Matrix): Matrix {
  return matrix.flatMap((down) =>
    matrix.map((across) => down.flatMap((x) => across.map((y) => x * y)))
  );
}

export function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, i) => matrix.map((row) => row[i]!));
}
