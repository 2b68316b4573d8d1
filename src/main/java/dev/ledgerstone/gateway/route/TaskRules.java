package dev.ledgerstone.gateway.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.ledger.TaskType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request is for, by rules that can be read: {@code resources/routing/task-rules.txt}.
 *
 * <p>A rule is a phrase with points for a task. The phrases stand in a tree of words, so that a
 * request is read once, word by word, whatever the number of rules; of a long one its head and its
 * tail, where people say what they want. The task with the most points is the request's, if they
 * are enough. Immutable; its accuracy and its cost stand in docs/routing.md.
 */
public final class TaskRules {
  private static final String FILE = "/routing/task-rules.txt";

  /** Words at the head of a text, and at its tail, that are read at all. */
  private static final int HEAD = 120;

  private static final int TAIL = 60;

  /** Words at either end that count double. */
  private static final int NEAR_HEAD = 40;

  private static final int NEAR_TAIL = 20;

  private static final int SYSTEM_WORDS = 80;
  private static final int ENOUGH = 4;
  private static final int LONG_BYTES = 6_000;
  private static final int SHORT_CHARS = 60;
  private static final int TURNS_OF_A_CHAT = 3;

  private final Node root;
  private final LongTable<Boolean> courtesy;
  private final Map<String, List<Rule>> traits;
  private final int rules;

  private record Rule(int number, TaskType task, int points, boolean isAtStart) {}

  /** A word of the tree, with the rules whose phrases end here. */
  private static final class Node {
    private final LongTable<Node> next = new LongTable<>();
    private final List<Rule> ends = new ArrayList<>(1);

    /** Behind whatever word; null: nothing is. */
    private @Nullable Node any;

    private boolean isLast() {
      return any == null && next.isEmpty();
    }

    private Node behind(long word) {
      Node node = next.get(word);
      if (node == null) {
        node = new Node();
        next.put(word, node);
      }
      return node;
    }
  }

  private TaskRules(
      Node root, LongTable<Boolean> courtesy, Map<String, List<Rule>> traits, int rules) {
    this.root = root;
    this.courtesy = courtesy;
    this.traits = traits;
    this.rules = rules;
  }

  /** Those that come with the server. */
  public static TaskRules bundled() {
    try (InputStream in = TaskRules.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not in the jar");
      }
      return parse(new String(in.readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- finding

  /** The task of a request; GENERAL where nothing speaks for another. */
  public TaskType find(Gist gist) {
    Points points = new Points();
    if (!gist.system().isEmpty()) {
      Words words = new Words(gist.system(), SYSTEM_WORDS, 0);
      read(words, points, /* isSystem= */ true);
    }
    Words words = new Words(gist.said(), HEAD, TAIL);
    read(words, points, /* isSystem= */ false);
    trait(gist.hasImages(), "@images", points);
    trait(gist.hasFiles(), "@files", points);
    trait(gist.bytes() > LONG_BYTES, "@long", points);
    trait(gist.said().length() <= SHORT_CHARS, "@short", points);
    trait(gist.turns() >= TURNS_OF_A_CHAT, "@turns", points);
    trait(words.looksLikeCode(), "@code", points);
    trait(words.looksLikeTable(), "@table", points);
    return points.winner();
  }

  private void trait(boolean isThere, String name, Points points) {
    if (isThere) {
      for (Rule rule : traits.getOrDefault(name, List.of())) {
        points.add(rule, 2);
      }
    }
  }

  private void read(Words words, Points points, boolean isSystem) {
    int count = words.count();
    boolean isStart = true;
    for (int i = 0; i < count; i++) {
      isStart |= words.beginsClause(i);
      int factor = !isSystem && (i < NEAR_HEAD || i >= count - NEAR_TAIL) ? 2 : 1;
      match(root, words, i, isStart, factor, points);
      isStart &= courtesy.has(words.hash(i));
    }
  }

  private static void match(
      Node node, Words words, int at, boolean isStart, int factor, Points points) {
    if (at >= words.count()) {
      return;
    }
    match(node.next.get(words.hash(at)), words, at, isStart, factor, points, node);
    match(node.any, words, at, isStart, factor, points, node);
  }

  private static void match(
      @Nullable Node next,
      Words words,
      int at,
      boolean isStart,
      int factor,
      Points points,
      Node from) {
    if (next == null || next == from) {
      return;
    }
    for (Rule rule : next.ends) {
      if (isStart || !rule.isAtStart) {
        points.add(rule, factor);
      }
    }
    if (!next.isLast()) {
      match(next, words, at + 1, isStart, factor, points);
    }
  }

  /** What has been collected; each rule counts once. */
  private final class Points {
    private final Map<TaskType, Integer> ofTasks = new EnumMap<>(TaskType.class);
    private final byte[] given = new byte[rules];

    private void add(Rule rule, int factor) {
      if (given[rule.number] < factor) {
        ofTasks.merge(rule.task, rule.points * (factor - given[rule.number]), Integer::sum);
        given[rule.number] = (byte) factor;
      }
    }

    private TaskType winner() {
      TaskType winner = TaskType.GENERAL;
      int most = ENOUGH - 1;
      for (Map.Entry<TaskType, Integer> each : ofTasks.entrySet()) {
        if (each.getValue() > most) {
          most = each.getValue();
          winner = each.getKey();
        }
      }
      return winner;
    }
  }

  // ---- reading the file

  /**
   * Reads rules: under a task's name in brackets, lines of points and a phrase. {@code a|b} are
   * alternatives, {@code *} is any one word, {@code ^} before the phrase wants it where somebody
   * begins to say what they want; {@code @long} and the like are traits of the request. Under
   * {@code [courtesy]} stand words that may come before that.
   */
  static TaskRules parse(String text) {
    Node root = new Node();
    LongTable<Boolean> courtesy = new LongTable<>();
    Map<String, List<Rule>> traits = new HashMap<>();
    TaskType task = null;
    int number = 0;
    for (String raw : text.split("\n", -1)) {
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("[")) {
        String name = line.substring(1, line.length() - 1);
        task = name.equals("courtesy") ? null : TaskType.valueOf(name);
        continue;
      }
      if (task == null) {
        for (String word : line.split(" ", -1)) {
          courtesy.put(new Words(word, 1, 0).hash(0), true);
        }
        continue;
      }
      int space = line.indexOf(' ');
      int points = Integer.parseInt(line.substring(0, space));
      String phrase = line.substring(space + 1).strip();
      boolean isAtStart = phrase.startsWith("^");
      Rule rule = new Rule(number++, task, points, isAtStart);
      if (phrase.startsWith("@")) {
        traits.computeIfAbsent(phrase, _ -> new ArrayList<>()).add(rule);
      } else {
        add(root, List.of((isAtStart ? phrase.substring(1) : phrase).strip().split(" +")), rule);
      }
    }
    return new TaskRules(root, courtesy, Map.copyOf(traits), number);
  }

  private static void add(Node node, List<String> phrase, Rule rule) {
    if (phrase.isEmpty()) {
      node.ends.add(rule);
      return;
    }
    List<String> rest = phrase.subList(1, phrase.size());
    if (phrase.getFirst().equals("*")) {
      node.any = node.any == null ? new Node() : node.any;
      add(node.any, rest, rule);
      return;
    }
    for (String alternative : phrase.getFirst().split("\\|", -1)) {
      // A text without spaces, such as Chinese, is several words.
      Words words = new Words(alternative, Integer.MAX_VALUE, 0);
      Node at = node;
      for (int i = 0; i < words.count(); i++) {
        at = at.behind(words.hash(i));
      }
      add(at, rest, rule);
    }
  }
}
