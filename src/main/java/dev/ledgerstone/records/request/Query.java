package dev.ledgerstone.records.request;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of a request: what is selected, and what holds for each embedded resource, by the
 * names that lead to it; the row's own under none.
 *
 * @param cursor where the page begins; present and empty: the first of several
 * @param columns of a body that are meant; empty: all
 * @param onConflict the key by which an upsert finds its row
 */
public record Query(
    List<SelectItem> select,
    Map<List<String>, List<Logic>> filters,
    Map<List<String>, List<OrderTerm>> orders,
    Map<List<String>, Page> pages,
    Optional<String> cursor,
    Optional<List<String>> columns,
    Optional<List<String>> onConflict) {
  private static final List<String> ROOT = List.of();

  /** One parameter, decoded. */
  public record Parameter(String name, String value) {}

  /** Reads all parameters; without {@code select} every column is selected. */
  public static Query parse(List<Parameter> parameters) {
    Reading reading = new Reading();
    parameters.forEach(reading::take);
    return reading.query();
  }

  public List<Logic> rootFilters() {
    return filters.getOrDefault(ROOT, List.of());
  }

  public List<OrderTerm> rootOrder() {
    return orders.getOrDefault(ROOT, List.of());
  }

  public Page rootPage() {
    return pages.getOrDefault(ROOT, Page.ALL);
  }

  /** The same query, of another page. */
  public Query within(Page range) {
    Map<List<String>, Page> narrowed = new LinkedHashMap<>(pages);
    narrowed.put(ROOT, rootPage().and(range));
    return new Query(select, filters, orders, narrowed, cursor, columns, onConflict);
  }

  private static final class Reading {
    private List<SelectItem> select = List.of(new SelectItem.Star());
    private final Map<List<String>, List<Logic>> filters = new LinkedHashMap<>();
    private final Map<List<String>, List<OrderTerm>> orders = new LinkedHashMap<>();
    private final Map<List<String>, Page> pages = new LinkedHashMap<>();
    private Optional<String> cursor = Optional.empty();
    private Optional<List<String>> columns = Optional.empty();
    private Optional<List<String>> onConflict = Optional.empty();

    void take(Parameter it) {
      switch (it.name()) {
        case "select" -> select = SelectParser.parse(it.value());
        case "cursor" -> cursor = Optional.of(it.value());
        case "columns" -> columns = names("columns parameter", it.value());
        case "on_conflict" -> onConflict = names("on_conflict parameter", it.value());
        default -> {
          ParameterName name = ParameterName.parse(it.name());
          switch (name.last()) {
            case "order" -> {
              if (!it.value().isEmpty()) {
                orders.put(name.path(), OrderTerm.parse(it.value()));
              }
            }
            case "limit" ->
                number(it.value())
                    .ifPresent(
                        limit ->
                            pages.compute(
                                name.path(),
                                (_, page) -> (page == null ? Page.ALL : page).withLimit(limit)));
            case "offset" ->
                number(it.value())
                    .ifPresent(
                        offset ->
                            pages.compute(
                                name.path(),
                                (_, page) -> (page == null ? Page.ALL : page).withOffset(offset)));
            case "and", "or" ->
                add(
                    name,
                    FilterParser.group(name.isNegated(), name.last().equals("or"), it.value()));
            default -> add(name, FilterParser.filter(name.field(), it.value()));
          }
        }
      }
    }

    private void add(ParameterName name, Logic logic) {
      filters.computeIfAbsent(name.path(), _ -> new ArrayList<>()).add(logic);
    }

    /** PostgREST takes what is no number as if it were not there. */
    private static Optional<Long> number(String text) {
      try {
        return Optional.of(Long.parseLong(text.strip()));
      } catch (NumberFormatException _) {
        return Optional.empty();
      }
    }

    private static Optional<List<String>> names(String what, String text) {
      Scanner in = new Scanner(what, text);
      List<String> names = new ArrayList<>();
      do {
        names.add(Names.read(in));
      } while (in.take(","));
      in.end();
      return Optional.of(List.copyOf(names));
    }

    Query query() {
      return new Query(select, filters, orders, pages, cursor, columns, onConflict);
    }
  }
}
