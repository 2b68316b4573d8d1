package dev.ledgerstone.gateway.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes from a question what is known to change no answer; what that is stands in {@code
 * cache/phrases.txt}.
 */
final class Phrases {
  private static final PhraseBook BOOK = PhraseBook.bundled();

  /** One of these shows that a text is English; in other languages an article is another word. */
  static final Set<String> ENGLISH = BOOK.words("english");

  /** They stress what is said, and may stand in one wording alone. */
  static final Set<String> STRESS = BOOK.words("stress");

  /** Words that mean something else with a capital. */
  static final Set<String> TWO_MEANINGS = BOOK.words("two meanings");

  private static final Set<String> ARTICLES = BOOK.words("articles");
  private static final Set<String> BEHIND_AN_ARTICLE = BOOK.words("behind an article");
  private static final Set<String> QUESTION_WORDS = BOOK.words("question words");
  private static final Set<String> PERSONS = BOOK.words("persons");
  private static final Set<String> MODALS = BOOK.words("modals");
  private static final Set<String> COPULAS = BOOK.words("copulas");
  private static final Set<String> BINDING = BOOK.words("binding");
  private static final Set<String> OWN_PLURALS = BOOK.words("own plurals");

  private static final List<List<String>> OPENERS = BOOK.phrases("openers");
  private static final List<List<String>> EMBEDDINGS = BOOK.phrases("embeddings");
  private static final List<List<String>> REQUESTS = BOOK.phrases("requests");
  private static final List<List<String>> CLOSERS = BOOK.phrases("closers");
  private static final List<List<String>> ASKS_A_PRICE = BOOK.phrases("asks a price");

  private static final List<Map.Entry<List<String>, List<String>>> SAME = BOOK.pairs("same");
  private static final List<Map.Entry<List<String>, List<String>>> OPENINGS =
      BOOK.pairs("openings");

  private Phrases() {}

  /** The words without what changes no answer. */
  static List<String> reduce(List<String> words) {
    List<String> left = new ArrayList<>(words);
    replaceAll(left);
    boolean isEmbedded = strip(left);
    left = withoutArticles(left);
    if (isEmbedded) {
      verbForward(left);
    }
    prices(left);
    opening(left);
    genitive(left);
    left.replaceAll(Phrases::singular);
    return left;
  }

  private static void replaceAll(List<String> words) {
    for (int at = 0; at < words.size(); at++) {
      for (Map.Entry<List<String>, List<String>> each : SAME) {
        if (Wording.startsWith(words.subList(at, words.size()), each.getKey())) {
          replace(words, at, each);
          at += each.getValue().size() - 1;
          break;
        }
      }
    }
  }

  private static void replace(
      List<String> words, int at, Map.Entry<List<String>, List<String>> by) {
    List<String> place = words.subList(at, at + by.getKey().size());
    place.clear();
    words.addAll(at, by.getValue());
  }

  /** Takes away what stands around the question; whether it was part of a sentence. */
  private static boolean strip(List<String> words) {
    boolean isEmbedded = false;
    boolean isChanged = true;
    while (isChanged) {
      isChanged = stripFirst(words, OPENERS);
      isChanged |= stripLast(words);
      for (List<String> phrase : EMBEDDINGS) {
        if (Wording.startsWith(words, phrase)
            && words.size() > phrase.size()
            && QUESTION_WORDS.contains(words.get(phrase.size()))) {
          words.subList(0, phrase.size()).clear();
          isEmbedded = true;
          isChanged = true;
          break;
        }
      }
    }
    for (List<String> phrase : REQUESTS) {
      if (Wording.startsWith(words, phrase)
          && words.size() > phrase.size()
          && words.get(phrase.size()).equals("the")) {
        words.subList(0, phrase.size()).clear();
        words.addAll(0, List.of("what", "is"));
        break;
      }
    }
    return isEmbedded;
  }

  private static boolean stripFirst(List<String> words, List<List<String>> phrases) {
    for (List<String> phrase : phrases) {
      if (Wording.startsWith(words, phrase) && words.size() > phrase.size()) {
        words.subList(0, phrase.size()).clear();
        while (!words.isEmpty() && Wording.isMark(words.getFirst())) {
          words.removeFirst();
        }
        return true;
      }
    }
    return false;
  }

  private static boolean stripLast(List<String> words) {
    while (!words.isEmpty() && Wording.isMark(words.getLast())) {
      words.removeLast();
    }
    for (List<String> phrase : CLOSERS) {
      int at = words.size() - phrase.size();
      if (at > 0 && words.subList(at, words.size()).equals(phrase)) {
        words.subList(at, words.size()).clear();
        return true;
      }
    }
    return false;
  }

  private static List<String> withoutArticles(List<String> words) {
    List<String> left = new ArrayList<>(words.size());
    for (int i = 0; i < words.size(); i++) {
      boolean isMere =
          ARTICLES.contains(words.get(i))
              && i + 1 < words.size()
              && !Wording.isMark(words.get(i + 1))
              && !BEHIND_AN_ARTICLE.contains(words.get(i + 1));
      if (!isMere) {
        left.add(words.get(i));
      }
    }
    return left;
  }

  /** {@code (tell me) what the capital of France is}, {@code (tell me) where I can find it}. */
  private static void verbForward(List<String> words) {
    if (words.size() > 3 && PERSONS.contains(words.get(1)) && MODALS.contains(words.get(2))) {
      words.add(1, words.remove(2));
    }
    if (words.stream().filter(COPULAS::contains).count() == 1
        && !words.getFirst().equals("how")
        && !words.getFirst().equals("which")) {
      int copula = words.indexOf(words.stream().filter(COPULAS::contains).findFirst().orElse(""));
      words.add(1, words.remove(copula));
    }
  }

  private static void opening(List<String> words) {
    for (Map.Entry<List<String>, List<String>> each : OPENINGS) {
      if (Wording.startsWith(words, each.getKey()) && words.size() > each.getKey().size()) {
        replace(words, 0, each);
        break;
      }
    }
    if (Wording.startsWith(words, List.of("how", "to"))) {
      words.removeIf("my"::equals);
    }
    // Of the present tense alone: (do you know) when the shop opens, when does the shop open.
    if (words.size() > 3
        && QUESTION_WORDS.contains(words.getFirst())
        && (words.get(1).equals("does") || words.get(1).equals("do"))
        && !words.get(2).equals("not")) {
      words.remove(1);
    }
    if (Wording.startsWith(words, List.of("where", "is")) && words.getLast().equals("located")) {
      words.removeLast();
    }
  }

  /** {@code how much does X cost}, {@code what does X cost}: the price of X. */
  private static void prices(List<String> words) {
    for (List<String> start : ASKS_A_PRICE) {
      if (Wording.startsWith(words, start)
          && words.size() > start.size() + 1
          && words.getLast().equals("cost")
          && Wording.isOneName(words.subList(start.size(), words.size() - 1), BINDING)) {
        words.removeLast();
        words.subList(0, start.size()).clear();
        words.addAll(0, List.of("what", "is", "price", "of"));
        return;
      }
    }
  }

  /** {@code what is France's capital}: what is capital of France. */
  private static void genitive(List<String> words) {
    if (words.size() < 4
        || !QUESTION_WORDS.contains(words.getFirst())
        || !COPULAS.contains(words.get(1))) {
      return;
    }
    for (int at = 2; at < words.size() - 1; at++) {
      String owner = words.get(at);
      if (owner.endsWith("'s") && owner.length() > 2) {
        List<String> name = new ArrayList<>(words.subList(2, at));
        name.add(owner.substring(0, owner.length() - 2));
        List<String> thing = new ArrayList<>(words.subList(at + 1, words.size()));
        if (Wording.isOneName(name, BINDING)
            && Wording.isOneName(thing, BINDING)
            && thing.stream().noneMatch(word -> word.endsWith("'s"))) {
          words.subList(2, words.size()).clear();
          words.addAll(thing);
          words.add("of");
          words.addAll(name);
        }
        return;
      }
    }
  }

  private static String singular(String word) {
    boolean isPlural =
        word.length() > 4
            && word.endsWith("s")
            && !word.endsWith("ss")
            && !word.endsWith("us")
            && !word.endsWith("is")
            && !word.endsWith("'s")
            && word.chars().allMatch(c -> c >= 'a' && c <= 'z')
            && !OWN_PLURALS.contains(word)
            && !STRESS.contains(word);
    return isPlural ? word.substring(0, word.length() - 1) : word;
  }
}
