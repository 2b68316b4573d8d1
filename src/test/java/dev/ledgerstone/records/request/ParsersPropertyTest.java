package dev.ledgerstone.records.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.records.request.SelectItem.Aggregate;
import dev.ledgerstone.records.request.SelectItem.Function;
import dev.ledgerstone.records.request.SelectItem.Target;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** What a parser took is written again and read as the same; nothing breaks a parser. */
class ParsersPropertyTest {
  @Property(tries = 500)
  void aSelectIsReadAsItIsWritten(@ForAll("selects") List<SelectItem> items) {
    assertThat(SelectParser.parse(SelectItem.print(items))).isEqualTo(items);
  }

  @Property(tries = 500)
  void aTreeOfFiltersIsReadAsItIsWritten(@ForAll("groups") Logic.Group group) {
    assertThat(FilterParser.group(group.isNegated(), group.isOr(), group.printParts()))
        .isEqualTo(group);
  }

  @Property(tries = 500)
  void aFilterIsReadAsItIsWritten(@ForAll("filters") Logic.Filter filter) {
    assertThat(FilterParser.filter(filter.path(), filter.printTest())).isEqualTo(filter);
  }

  @Property(tries = 300)
  void anOrderIsReadAsItIsWritten(@ForAll("orders") OrderTerm term) {
    assertThat(OrderTerm.parse(term.toString())).containsExactly(term);
  }

  @Property(tries = 2000)
  void nothingBreaksAParser(@ForAll("texts") String name, @ForAll("texts") String value) {
    refusedOrTaken(() -> Query.parse(List.of(new Parameter(name, value))));
    refusedOrTaken(() -> SelectParser.parse(value));
    refusedOrTaken(() -> OrderTerm.parse(value));
    refusedOrTaken(() -> FilterParser.group(false, true, value));
    refusedOrTaken(() -> FilterParser.filter(Path.of("a"), value));
    refusedOrTaken(() -> Preferences.parse(List.of(value)));
    refusedOrTaken(() -> Media.negotiate(Optional.of(value)));
    refusedOrTaken(() -> Page.ofHeader(value));
  }

  private static void refusedOrTaken(Runnable parsing) {
    try {
      parsing.run();
    } catch (ProblemException e) {
      assertThat(e.problem()).isInstanceOf(RecordsProblem.class);
      assertThat(e.problem().status()).isBetween(400, 416);
      assertThat(e.problem().detail()).isNotEmpty();
      assertThat(e.problem().hint()).isNotEmpty();
      Object unused = e.problem().details();
      assertThat(unused == null || !unused.toString().isEmpty()).isTrue();
    }
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "select",
            "order",
            "or",
            "and",
            "not.",
            "eq.",
            "in.",
            "(",
            ")",
            ",",
            ".",
            ":",
            "::",
            "->",
            "->>",
            "!",
            "!inner",
            "...",
            "*",
            "\"",
            "\\",
            "{",
            "}",
            " ",
            "a",
            "ü",
            "0",
            "-1",
            "fts(english).",
            "is.null",
            "count()",
            ".sum()",
            "any",
            "handling=strict",
            ";q=1",
            "=",
            "\u0000",
            "😀",
            "9999999999999999999");
    return Arbitraries.oneOf(
        pieces.list().ofMaxSize(14).map(it -> String.join("", it)),
        Arbitraries.strings().ofMaxLength(30));
  }

  private static Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(8).filter(it -> isFree(it)),
        Arbitraries.strings().withChars("ab _$-.\",()\\:ü").ofMinLength(1).ofMaxLength(6));
  }

  /** Words that mean something else at their place. */
  private static boolean isFree(String name) {
    return !List.of("and", "or", "not", "count", "inner", "left").contains(name);
  }

  private static Arbitrary<Path> paths() {
    Arbitrary<Path.Operand> operands =
        Arbitraries.oneOf(
            names().map(Path.Operand.Key::new),
            Arbitraries.integers().between(-99, 99).map(Path.Operand.Index::new));
    Arbitrary<Path.Step> steps =
        Combinators.combine(operands, Arbitraries.of(true, false)).as(Path.Step::new);
    return Combinators.combine(names(), steps.list().ofMaxSize(3)).as(Path::new);
  }

  private static Arbitrary<String> values() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(12),
        Arbitraries.strings().withChars("ab,.()\"\\{}:% *").ofMaxLength(8));
  }

  private static Arbitrary<Test> tests() {
    return Arbitraries.oneOf(
        Combinators.combine(Arbitraries.of(Operator.class), values()).as(Test.Compare::new),
        Combinators.combine(
                Arbitraries.of(Operator.class).filter(Operator::isQuantifiable),
                Arbitraries.of(true, false),
                values())
            .as(Test.Quantified::new),
        // An empty text alone is a list of none.
        values().list().ofMinSize(2).ofMaxSize(4).map(Test.In::new),
        Arbitraries.of(Test.State.class).map(Test.Is::new),
        values().map(Test.IsDistinct::new),
        Combinators.combine(
                Arbitraries.of(Test.Search.class),
                Arbitraries.of("simple", "english").injectNull(0.5),
                values())
            .as(Test.FullText::new));
  }

  @Provide
  Arbitrary<Logic.Filter> filters() {
    return Combinators.combine(paths(), Arbitraries.of(true, false), tests()).as(Logic.Filter::new);
  }

  @Provide
  Arbitrary<Logic.Group> groups() {
    Arbitrary<Logic> leaves = filters().map(it -> it);
    Arbitrary<Logic> inner =
        Combinators.combine(
                Arbitraries.of(true, false),
                Arbitraries.of(true, false),
                leaves.list().ofMinSize(1).ofMaxSize(3))
            .as((isNegated, isOr, parts) -> new Logic.Group(isNegated, isOr, parts));
    return Combinators.combine(
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.oneOf(leaves, inner).list().ofMinSize(1).ofMaxSize(4))
        .as((isNegated, isOr, parts) -> new Logic.Group(isNegated, isOr, parts));
  }

  @Provide
  Arbitrary<OrderTerm> orders() {
    return Combinators.combine(
            names().injectNull(0.7),
            paths(),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false).injectNull(0.5))
        .as(OrderTerm::new);
  }

  @Provide
  Arbitrary<List<SelectItem>> selects() {
    return selects(2);
  }

  private static Arbitrary<List<SelectItem>> selects(int depth) {
    Arbitrary<@Nullable String> casts =
        Arbitraries.of("text", "int", "timestamptz").injectNull(0.6);
    Arbitrary<Aggregate> sums =
        Combinators.combine(Arbitraries.of(Function.class), casts).as(Aggregate::new);
    Arbitrary<SelectItem> values =
        Combinators.combine(names().injectNull(0.6), paths(), casts, sums.injectNull(0.6))
            .as(SelectItem.Value::new);
    Arbitrary<SelectItem> counts =
        Combinators.combine(names().injectNull(0.5), casts).as(SelectItem.CountRows::new);
    Arbitrary<SelectItem> plain =
        Arbitraries.oneOf(values, counts, Arbitraries.just(new SelectItem.Star()));
    if (depth == 0) {
      return plain.list().ofMinSize(1).ofMaxSize(3);
    }
    Arbitrary<Target> targets =
        Combinators.combine(names(), names().injectNull(0.6), Arbitraries.of(true, false))
            .as(Target::new);
    Arbitrary<SelectItem> embeds =
        Combinators.combine(names().injectNull(0.6), targets, selects(depth - 1))
            .as(SelectItem.Embed::new);
    Arbitrary<SelectItem> spreads =
        Combinators.combine(targets, selects(depth - 1)).as(SelectItem.Spread::new);
    return Arbitraries.oneOf(plain, embeds, spreads).list().ofMinSize(1).ofMaxSize(3);
  }
}
