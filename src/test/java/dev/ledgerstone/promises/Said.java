package dev.ledgerstone.promises;

import java.util.ArrayList;
import java.util.List;

/** What a client understood of an answer, whatever its format. */
final class Said {
  String text = "";
  String thoughts = "";
  String signature = "";
  final List<String> calls = new ArrayList<>();

  /** stop, tools, length, or the format's own word. */
  String finish = "";

  long input;
  long cached;
  long output;
  long reasoning;
  String error = "";

  /** Whether it was told that nothing follows. */
  boolean isEnded;
}
