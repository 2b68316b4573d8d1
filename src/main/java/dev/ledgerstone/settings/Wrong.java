package dev.ledgerstone.settings;

/** A value that cannot be used. Says what is wrong with it and never quotes it. */
final class Wrong extends Exception {
  private final String what;
  private final String mend;

  Wrong(String what, String mend) {
    super(what, null, false, false);
    this.what = what;
    this.mend = mend;
  }

  String what() {
    return what;
  }

  String mend() {
    return mend;
  }
}
