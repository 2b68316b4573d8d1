package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Tokens.Kind;
import dev.ledgerstone.db.design.Tokens.Token;
import dev.ledgerstone.db.design.Tokens.Unexpected;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An expression of a check, a default or an index. Two are equal if they say the same: PostgreSQL
 * tells {@code status in ('A', 'B')} as {@code ((status)::text = ANY ((ARRAY['A'::character
 * varying, …])::text[]))}, and both have one canonical text, which both engines read. So has {@code
 * status = 'A' or status = 'B'}, as SQLite is told it.
 *
 * @param text as it was written; canonical if it comes from PostgreSQL's catalogue
 */
record Expression(String text, String canonical) {
  /** As people write it. */
  static Expression written(String text) {
    return new Expression(text, canonical(text));
  }

  /** As PostgreSQL tells it. */
  static Expression told(String text) {
    String canonical = canonical(text);
    return new Expression(canonical, canonical);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Expression it && it.canonical.equals(canonical);
  }

  @Override
  public int hashCode() {
    return canonical.hashCode();
  }

  @Override
  public String toString() {
    return canonical;
  }

  /** What cannot be read is its own canon, but for blanks. */
  private static String canonical(String text) {
    try {
      Parser parser = new Parser(new Tokens(text));
      Node node = parser.or();
      return parser.tokens.isAtEnd() ? node.text : text.replaceAll("\\s+", " ").strip();
    } catch (Unexpected e) {
      return text.replaceAll("\\s+", " ").strip();
    }
  }

  /**
   * A part, in canonical text.
   *
   * @param items of a list; empty if it is none
   * @param what if this says that something is one of the items; null: it says something else
   */
  private record Node(String text, int binding, List<Node> items, @Nullable Node what) {
    static Node of(String text, int binding) {
      return new Node(text, binding, List.of(), null);
    }

    /** Whether both say of the same thing what it may be. */
    boolean isOfTheSameAs(Node other) {
      return what != null && other.what != null && what.text.equals(other.what.text);
    }

    /** In brackets if it binds no stronger. */
    String within(int strength) {
      return binding <= strength ? "(" + text + ")" : text;
    }
  }

  private static final int OR = 1;
  private static final int AND = 2;
  private static final int NOT = 3;
  private static final int COMPARE = 4;
  private static final int CONCAT = 5;
  private static final int ADD = 6;
  private static final int MULTIPLY = 7;
  private static final int ATOM = 9;

  private static final Set<String> COMPARISONS =
      Set.of("=", "<>", "!=", "<", ">", "<=", ">=", "@>");
  private static final Set<String> NUMBERS =
      Set.of("integer", "bigint", "smallint", "numeric", "double precision", "real");

  private record Parser(Tokens tokens) {
    Node or() {
      return joined(OR, "or", and());
    }

    private Node and() {
      return joined(AND, "and", not());
    }

    private Node joined(int binding, String word, Node first) {
      Node all = first;
      while (tokens.take(word)) {
        Node next = binding == OR ? and() : not();
        if (binding == OR && all.what != null && all.isOfTheSameAs(next)) {
          all =
              in(all.what, false, Stream.concat(all.items.stream(), next.items.stream()).toList());
          continue;
        }
        all =
            Node.of(all.within(binding - 1) + " " + word + " " + next.within(binding - 1), binding);
      }
      return all;
    }

    private Node not() {
      return tokens.take("not") ? Node.of("not " + not().within(NOT - 1), NOT) : comparison();
    }

    private Node comparison() {
      Node left = operators(CONCAT);
      while (true) {
        Token token = tokens.peek();
        if (tokens.take("is")) {
          left = is(left);
        } else if (token.kind() == Kind.SYMBOL && COMPARISONS.contains(token.text())) {
          tokens.next();
          left = compared(left, token.text().equals("!=") ? "<>" : token.text());
        } else if (tokens.take("~~") || tokens.take("like")) {
          left = binary(left, "like", operators(CONCAT));
        } else if (tokens.take("!~~") || tokens.take("not", "like")) {
          left = binary(left, "not like", operators(CONCAT));
        } else if (tokens.take("in")) {
          left = in(left, false, list());
        } else if (tokens.take("not", "in")) {
          left = in(left, true, list());
        } else if (tokens.take("between")) {
          left = between(left);
        } else {
          return left;
        }
      }
    }

    private Node is(Node left) {
      StringBuilder what = new StringBuilder("is ");
      if (tokens.take("not")) {
        what.append("not ");
      }
      if (tokens.take("distinct", "from")) {
        return binary(left, what + "distinct from", operators(CONCAT));
      }
      return Node.of(left.within(COMPARE) + " " + what + tokens.name(), COMPARE);
    }

    private Node compared(Node left, String operator) {
      boolean isAny = tokens.take("any");
      if (isAny || tokens.take("all")) {
        tokens.expect("(");
        Node array = or();
        tokens.expect(")");
        if (!array.items.isEmpty() && array.what == null && operator.equals(isAny ? "=" : "<>")) {
          return in(left, !isAny, array.items);
        }
        return binary(left, operator + (isAny ? " any" : " all"), array);
      }
      return binary(left, operator, operators(CONCAT));
    }

    private Node between(Node left) {
      Node from = operators(CONCAT);
      tokens.expect("and");
      Node to = operators(CONCAT);
      return Node.of(binary(left, ">=", from).text + " and " + binary(left, "<=", to).text, AND);
    }

    private static Node binary(Node left, String operator, Node right) {
      String text = left.within(COMPARE) + " " + operator + " " + right.within(COMPARE);
      return operator.equals("=")
          ? new Node(text, COMPARE, List.of(right), left)
          : Node.of(text, COMPARE);
    }

    private static Node in(Node left, boolean isNot, List<Node> items) {
      if (items.size() == 1) {
        return binary(left, isNot ? "<>" : "=", items.getFirst());
      }
      List<String> texts = items.stream().map(Node::text).toList();
      String text =
          left.within(COMPARE) + (isNot ? " not in (" : " in (") + String.join(", ", texts) + ")";
      return isNot ? Node.of(text, COMPARE) : new Node(text, COMPARE, items, left);
    }

    private List<Node> list() {
      tokens.expect("(");
      List<Node> items = items(")");
      tokens.expect(")");
      return items;
    }

    private List<Node> items(String closing) {
      List<Node> items = new ArrayList<>();
      if (!tokens.comes(closing)) {
        do {
          items.add(or());
        } while (tokens.take(","));
      }
      return items;
    }

    private Node operators(int binding) {
      if (binding > MULTIPLY) {
        return unary();
      }
      Node left = operators(binding + 1);
      while (tokens.peek().kind() == Kind.SYMBOL && binding == strength(tokens.peek().text())) {
        String operator = tokens.next().text();
        Node right = operators(binding + 1);
        left =
            Node.of(
                left.within(binding - 1) + " " + operator + " " + right.within(binding), binding);
      }
      return left;
    }

    private static int strength(String operator) {
      return switch (operator) {
        case "||", "->", "->>" -> CONCAT;
        case "+", "-" -> ADD;
        case "*", "/", "%" -> MULTIPLY;
        default -> 0;
      };
    }

    private Node unary() {
      if (tokens.take("-")) {
        return Node.of("-" + unary().within(ATOM - 1), ATOM);
      }
      Node node = atom();
      while (tokens.take("::")) {
        node = cast(node, type());
      }
      return node;
    }

    /** Casts are PostgreSQL's own addition, but for those that make numbers of texts. */
    private static Node cast(Node node, String type) {
      boolean isText = node.text.startsWith("'") && node.binding == ATOM;
      return isText && NUMBERS.contains(type)
          ? Node.of(node.text.substring(1, node.text.length() - 1), ATOM)
          : node;
    }

    private String type() {
      String type = tokens.name();
      if (type.equals("double") || type.equals("character")) {
        type += tokens.comes("precision") || tokens.comes("varying") ? " " + tokens.name() : "";
      } else if (tokens.take("with") || tokens.take("without")) {
        tokens.expect("time", "zone");
      }
      if (tokens.take("(")) {
        tokens.skipToSeparator();
        while (tokens.take(",")) {
          tokens.skipToSeparator();
        }
        tokens.expect(")");
      }
      if (tokens.take("[")) {
        tokens.expect("]");
      }
      return type;
    }

    private Node atom() {
      if (tokens.take("(")) {
        Node inner = or();
        tokens.expect(")");
        return inner;
      }
      Token token = tokens.next();
      return switch (token.kind()) {
        case STRING, NUMBER -> Node.of(token.text(), ATOM);
        case NAME -> named(plain(token.text()));
        case WORD -> word(token);
        case SYMBOL, END -> throw new Unexpected("an expression is expected", token.start());
      };
    }

    private static String plain(String name) {
      return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    private Node word(Token token) {
      if (token.is("array") && tokens.take("[")) {
        List<Node> items = items("]");
        tokens.expect("]");
        return new Node(
            "array[" + String.join(", ", items.stream().map(Node::text).toList()) + "]",
            ATOM,
            items,
            null);
      }
      if (token.is("cast") && tokens.take("(")) {
        Node inner = or();
        tokens.expect("as");
        Node cast = cast(inner, type());
        tokens.expect(")");
        return cast;
      }
      if (token.is("case") || token.is("select") || token.is("exists")) {
        throw new Unexpected(token.text() + " is not read", token.start());
      }
      return named(token.text());
    }

    private Node named(String name) {
      if (tokens.take(".")) {
        return Node.of(name + "." + plain(tokens.name()), ATOM);
      }
      if (tokens.take("(")) {
        List<Node> arguments = items(")");
        tokens.expect(")");
        return Node.of(
            name.toLowerCase(Locale.ROOT)
                + "("
                + String.join(", ", arguments.stream().map(Node::text).toList())
                + ")",
            ATOM);
      }
      return Node.of(name, ATOM);
    }
  }
}
