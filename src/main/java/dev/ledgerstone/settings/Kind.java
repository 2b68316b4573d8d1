package dev.ledgerstone.settings;

/** What a text must be to be a value of some kind. */
@FunctionalInterface
interface Kind<T> {
  /**
   * Reads a value.
   *
   * @throws Wrong if the text is none
   */
  T read(String text) throws Wrong;
}
