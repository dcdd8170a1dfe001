/** Measured values by name and place: a number of sockets, `machine` or `growth`. */

/** 4000 is "4,000 sockets"; the other places have no words. */
export const placeText = (place) =>
  Number(place) > 0 ? `${Number(place).toLocaleString('en')} sockets` : '';

export class Measures {
  #places = new Map();

  set(name, place, value) {
    const values = this.#places.get(String(place)) ?? new Map();
    this.#places.set(String(place), values.set(name, value));
  }

  value(name, place) {
    return this.#places.get(String(place))?.get(name);
  }

  /** In the order of the first measurement. */
  places() {
    return [...this.#places.keys()];
  }

  /** [sockets, value] at each load, the smallest first. */
  curve(name) {
    return this.places()
      .map((place) => [Number(place), this.value(name, place)])
      .filter(([sockets, value]) => sockets > 0 && value !== undefined)
      .sort(([one], [other]) => one - other);
  }
}
