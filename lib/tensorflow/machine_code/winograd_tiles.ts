/** The sides of a filter, of a tile of the result, and of the images' part that gives such a tile. */
export const FILTER = 3, TILE = 4, PART = TILE + FILTER - 1;
