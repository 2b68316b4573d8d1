package dev.ledgerstone.ledger;

/**
 * What a call uses that is no token: each is billed beside them, where the model has a price for
 * it.
 *
 * @param images made
 * @param characters of a text that is spoken, Unicode code points
 * @param audioMillis length of the audio that is heard
 */
public record Units(long images, long characters, long audioMillis) {
  /** Of a call of tokens alone. */
  public static final Units NONE = new Units(0, 0, 0);

  public Units {
    if ((images | characters | audioMillis) < 0) {
      throw new IllegalArgumentException("a count is below zero");
    }
  }

  public static Units images(long count) {
    return count == 0 ? NONE : new Units(count, 0, 0);
  }

  public static Units characters(long count) {
    return new Units(0, count, 0);
  }

  public static Units audio(long millis) {
    return new Units(0, 0, millis);
  }
}
