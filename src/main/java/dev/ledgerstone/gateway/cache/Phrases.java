package dev.ledgerstone.gateway.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Differences between two English wordings of a question that are known to change no answer. A line
 * belongs here if it holds in every sentence, and not if it holds in most.
 */
final class Phrases {
  /** One of these shows that a text is English; in other languages an article is another word. */
  static final Set<String> ENGLISH =
      Set.of("the", "what", "how", "does", "which", "where", "when", "why", "who", "tell", "what's",
          "who's", "where's", "how's", "can", "should", "your", "with");

  /** They stress what is said, and may stand in one wording alone. */
  static final Set<String> STRESS =
      Set.of("actually", "basically", "currently", "exactly", "generally", "normally", "properly",
          "really", "simply", "successfully", "typically", "usually");

  /** Words that mean something else with a capital. */
  static final Set<String> TWO_MEANINGS =
      Set.of("amazon", "apple", "august", "bill", "china", "frank", "go", "japan", "java", "jobs",
          "job", "march", "mark", "mars", "may", "mercury", "mobile", "nice", "oracle", "polish",
          "python", "reading", "rich", "rust", "sun", "swift", "turkey", "will", "windows", "word");

  private static final Set<String> ARTICLES = Set.of("a", "an", "the");

  /** Before these an article is no mere article: a few are some, few are hardly any. */
  private static final Set<String> BEHIND_AN_ARTICLE = Set.of("few", "little", "bit", "lot", "while");

  private static final Set<String> QUESTION_WORDS =
      Set.of("what", "who", "where", "when", "why", "which", "how");

  private static final Set<String> PERSONS = Set.of("i", "we", "you", "they", "he", "she", "it");

  private static final Set<String> MODALS =
      Set.of("can", "could", "should", "must", "will", "would", "may", "might");

  private static final Set<String> COPULAS = Set.of("is", "are", "was", "were");

  /** Words that bind others together, so that what stands around them is not one name. */
  private static final Set<String> BINDING =
      Set.of("of", "in", "on", "at", "to", "for", "from", "by", "with", "without", "and", "or", "not",
          "is", "are", "was", "were", "do", "does", "did", "than", "as", "that", "which", "who", "if",
          "when", "after", "before", "between", "per", "'s", "but", "no", "more", "less");

  /** Plurals that are words of their own. */
  private static final Set<String> OWN_PLURALS =
      Set.of("always", "news", "customs", "goods", "glasses", "arms", "contents", "means", "works",
          "savings", "spirits", "minutes", "looks", "series", "species", "politics", "physics",
          "mathematics", "economics", "ethics", "sometimes", "besides", "perhaps", "whereas", "towards",
          "headquarters", "odds", "pants", "shorts", "briefs", "grounds", "remains", "premises", "stairs",
          "times", "hours", "others", "seconds", "thirds", "airs", "letters", "manners", "quarters",
          "leaves", "clothes", "rights", "heads", "tails", "futures", "shares", "interests", "papers",
          "directions", "proceeds", "forces", "securities", "damages", "colors", "regards", "effects", "terms", "units", "states");

  /** What stands before a question and asks nothing; the longest first. */
  private static final List<List<String>> OPENERS =
      phrases(
          "hi", "hello", "hey", "hi there", "hello there", "good morning", "good afternoon",
          "good evening", "please", "ok", "okay", "so", "thanks", "quick question", "just wondering",
          "excuse me", "kindly", "sorry");

  /** What makes a question part of a sentence; the longest first. */
  private static final List<List<String>> EMBEDDINGS =
      phrases(
          "tell me", "please tell me", "can you tell me", "could you tell me", "would you tell me",
          "will you tell me", "can you please tell me", "could you please tell me", "do you know",
          "do you happen to know", "i want to know", "i need to know", "i would like to know",
          "i'd like to know", "i am wondering", "i'm wondering", "i was wondering", "i wonder",
          "can you let me know", "could you let me know", "please let me know", "let me know",
          "may i ask", "may i know", "can i ask", "i want to ask", "i would like to ask",
          "i'd like to ask", "can anyone tell me", "can someone tell me", "does anyone know");

  /** The same followed by what is wanted: {@code give me the capital of France}. */
  private static final List<List<String>> REQUESTS =
      phrases("tell me", "please tell me", "can you tell me", "could you tell me", "give me",
          "please give me", "can you give me", "could you give me", "name", "please name", "state");

  /** What stands behind a question and asks nothing. */
  private static final List<List<String>> CLOSERS =
      phrases("please", "thanks", "thank you", "thanks a lot", "thank you very much", "thx",
          "many thanks", "thanks in advance", "thank you in advance", "if you do not mind");

  /** Contractions, spellings, and phrases that are one word; the longest first. */
  private static final List<Map.Entry<List<String>, List<String>>> SAME = same();

  /** How a question opens; the longest first. */
  private static final List<Map.Entry<List<String>, List<String>>> OPENINGS =
      pairs(
          "how do i=how to", "how can i=how to", "how could i=how to", "how would i=how to",
          "how does one=how to", "how can one=how to", "how do we=how to", "how can we=how to",
          "how may i=how to", "how do i go about to=how to", "what is way to=how to",
          "what is best way to=how to best", "how do i best=how to best",
          "how can i best=how to best", "what is right way to=how to", "what is correct way to=how to",
          "what is proper way to=how to", "what should i do to=how to", "what do i need to do to=how to",
          "what do i have to do to=how to", "what must i do to=how to", "what are steps to=how to",
          "what do i do to=how to", "what is procedure to=how to", "what are=what is",
          "how i can=how to", "how i could=how to", "define=what is definition of", "which=what",
          "whats=what is");

  private Phrases() {}

  private static List<Map.Entry<List<String>, List<String>>> same() {
    return pairs(
        "what's=what is", "where's=where is", "who's=who is", "how's=how is", "when's=when is", "why's=why is",
        "that's=that is", "there's=there is", "it's=it is", "i'm=i am", "you're=you are",
        "we're=we are", "they're=they are", "i've=i have", "you've=you have", "we've=we have",
        "i'd like=i would like", "i'll=i will", "you'll=you will", "it'll=it will",
        "don't=do not", "doesn't=does not", "didn't=did not", "isn't=is not", "aren't=are not",
        "wasn't=was not", "weren't=were not", "can't=can not", "cannot=can not", "won't=will not",
        "wouldn't=would not", "shouldn't=should not", "couldn't=could not", "haven't=have not",
        "hasn't=has not", "hadn't=had not", "mustn't=must not", "dont=do not", "doesnt=does not",
        "cant=can not", "isnt=is not",
        // one word
        "log in=login", "log into=login to", "sign in=login", "sign into=login to", "log on=login",
        "log out=logout", "sign out=logout", "log off=logout", "sign up=signup",
        "e-mail=email", "e mail=email", "e-mails=emails", "wi-fi=wifi", "wi fi=wifi",
        "web site=website", "web page=webpage", "user name=username", "on-line=online",
        "cell phone=mobile phone", "cellphone=mobile phone", "smart phone=smartphone",
        "capital city=capital", "%=percent", "per cent=percent", "vs=versus", "okay=ok",
        "phone number=telephone number", "aeroplane=airplane",
        "fridge=refrigerator", "tv=television", "TV=television", "info=information",
        "photo=photograph", "photos=photographs", "bike=bicycle", "bikes=bicycles",
        "united states of america=usa", "united states=usa", "USA=usa", "US=usa", "u.s=usa",
        "U.S=usa", "u.s.a=usa", "U.S.A=usa", "united kingdom=uk", "UK=uk", "u.k=uk", "U.K=uk",
        "EU=european union", "UN=united nations",
        // one spelling
        "colour=color", "colours=colors", "favourite=favorite", "flavour=flavor",
        "behaviour=behavior", "neighbour=neighbor", "honour=honor", "labour=labor",
        "centre=center", "theatre=theater", "litre=liter", "litres=liters", "metre=meter",
        "metres=meters", "kilometre=kilometer", "kilometres=kilometers", "organisation=organization",
        "organise=organize", "recognise=recognize", "realise=realize", "apologise=apologize",
        "cancelled=canceled", "cancelling=canceling", "cancelation=cancellation",
        "travelling=traveling", "traveller=traveler", "licence=license", "defence=defense",
        "programme=program", "tyre=tire", "tyres=tires",
        "aluminium=aluminum", "catalogue=catalog", "dialogue=dialog", "jewellery=jewelry",
        "enrol=enroll", "fulfil=fulfill", "ageing=aging", "judgement=judgment");
  }

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
    for (List<String> start : phrases("how much does", "how much do", "what does", "what do")) {
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
    if (words.size() < 4 || !QUESTION_WORDS.contains(words.getFirst())
        || !COPULAS.contains(words.get(1))) {
      return;
    }
    for (int at = 2; at < words.size() - 1; at++) {
      String owner = words.get(at);
      if (owner.endsWith("'s") && owner.length() > 2) {
        List<String> name = new ArrayList<>(words.subList(2, at));
        name.add(owner.substring(0, owner.length() - 2));
        List<String> thing = new ArrayList<>(words.subList(at + 1, words.size()));
        if (Wording.isOneName(name, BINDING) && Wording.isOneName(thing, BINDING)
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

  private static List<List<String>> phrases(String... phrases) {
    return Stream.of(phrases)
        .map(phrase -> List.of(phrase.split(" ")))
        .sorted(Comparator.comparingInt((List<String> phrase) -> phrase.size()).reversed())
        .toList();
  }

  private static List<Map.Entry<List<String>, List<String>>> pairs(String... pairs) {
    return Arrays.stream(pairs)
        .map(pair -> pair.split("="))
        .map(pair -> Map.entry(List.of(pair[0].split(" ")), List.of(pair[1].split(" "))))
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<List<String>, List<String>> pair) -> pair.getKey().size())
                .reversed())
        .collect(Collectors.toUnmodifiableList());
  }
}
