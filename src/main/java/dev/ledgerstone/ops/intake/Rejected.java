package dev.ledgerstone.ops.intake;

/** A record that cannot be taken; the message says why. */
public final class Rejected extends Exception {
  private static final long serialVersionUID = 1;

  public Rejected(String reason) {
    super(reason, null, false, false);
  }

  /** Why. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
