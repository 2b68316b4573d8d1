package dev.ledgerstone.gateway.provider.local;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The words of a text that carry meaning, without English endings: for counting shared words. */
final class Words {
  private static final Pattern WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
  private static final Pattern MARKS = Pattern.compile("\\p{Mn}+");

  /** English words that most questions and sentences share. */
  private static final Set<String> COMMON =
      Set.of(
          ("a about after all also am an and any anyone are as at be because been before being but"
                  + " by can could did do does doing during each else every for from get gets give"
                  + " given go goes had has have having he her here him his how i if in into is it"
                  + " its just let ll may me mention mentioned might much many must my need needs"
                  + " no nor not of off on one only or our out over own please re s said same say"
                  + " says shall she should so some such t take takes tell than that the their them"
                  + " then there these they this those to too under until up us use used using ve"
                  + " very was we were what when where whether which while who whom whose why will"
                  + " with within would you your document documents text according answer question")
              .split(" "));

  private Words() {}

  /** The distinct words, in no order. */
  static Set<String> of(String text) {
    String plain = text;
    if (!isAscii(text)) {
      plain = MARKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFD)).replaceAll("");
    }
    Set<String> words = new HashSet<>();
    Arrays.stream(WORD.split(plain.toLowerCase(Locale.ROOT)))
        .filter(word -> !word.isEmpty() && !COMMON.contains(word))
        .forEach(word -> addStems(word, words));
    return words;
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  /** Ideographs have no spaces between words: each counts by itself. */
  private static void addStems(String word, Set<String> into) {
    if (word.codePoints().anyMatch(Character::isIdeographic)) {
      word.codePoints().mapToObj(Character::toString).forEach(into::add);
    } else {
      into.add(stem(word));
    }
  }

  /** Takes a plural, -ed, -ing and a last -e off; coarse, and the same on both sides. */
  static String stem(String word) {
    String stem = word;
    if (stem.length() > 4 && stem.endsWith("ies")) {
      stem = stem.substring(0, stem.length() - 3) + "y";
    } else if (stem.length() > 3
        && stem.endsWith("s")
        && !stem.endsWith("ss")
        && !stem.endsWith("us")
        && !stem.endsWith("is")) {
      stem = stem.substring(0, stem.length() - 1);
    }
    for (String ending : new String[] {"ing", "ed"}) {
      if (stem.length() > ending.length() + 3 && stem.endsWith(ending)) {
        stem = undoubled(stem.substring(0, stem.length() - ending.length()));
        break;
      }
    }
    return stem.length() > 3 && stem.endsWith("e") ? stem.substring(0, stem.length() - 1) : stem;
  }

  private static String undoubled(String stem) {
    int last = stem.length() - 1;
    boolean isDouble = last > 2 && stem.charAt(last) == stem.charAt(last - 1);
    return isDouble && "bdgmnprt".indexOf(stem.charAt(last)) >= 0 ? stem.substring(0, last) : stem;
  }
}
