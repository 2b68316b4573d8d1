package dev.ledgerstone.records.catalogue;

import dev.ledgerstone.records.catalogue.Table.Tenancy;
import dev.ledgerstone.records.catalogue.Table.Writing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.Check;
import org.jooq.Field;
import org.jooq.Index;
import org.jooq.Key;
import org.jooq.TableOptions;
import org.jooq.UniqueKey;

/** Reads one generated table. */
final class TableReader {
  static final String TENANT_ID = "tenant_id";

  /** A check that names a column's values; the generator writes it so. */
  private static final Pattern VALUES =
      Pattern.compile("\"(?<column>[a-z_0-9]+)\" IN\\s*\\((?<values>'[^()]*')\\)");

  private static final Pattern NAME = Pattern.compile("\"(?<column>[a-z_0-9]+)\"");

  private static final Pattern QUOTED = Pattern.compile("'((?:[^']|'')*)'");
  private static final Set<String> SERVERS =
      Set.of(TENANT_ID, "created_at", "updated_at", "created_by", "version", "deleted_at");
  private static final Set<String> TENANTS = Set.of("tenants", "companies");

  private TableReader() {}

  /** Empty for a table that is not served: its traits say so, or it has none. */
  static Optional<Table> read(org.jooq.Table<?> source) {
    Traits traits = Traits.of(source.getComment());
    if (traits.words().isEmpty() || traits.has("hidden")) {
      return Optional.empty();
    }
    Map<String, List<String>> values = values(source);
    Map<String, Column> columns = new LinkedHashMap<>();
    Set<String> secrets = new LinkedHashSet<>();
    for (Field<?> field : source.fields()) {
      Traits said = Traits.of(field.getComment());
      if (said.has("secret")) {
        secrets.add(field.getName());
      } else {
        columns.put(field.getName(), column(field, said, values));
      }
    }
    boolean isView = source.getOptions().type() == TableOptions.TableType.VIEW;
    return Optional.of(
        new Table(
            source.getName(),
            traits.words().getFirst(),
            traits.comment(),
            isView ? Writing.NONE : writing(traits),
            tenancy(source, traits),
            isView,
            columns,
            secrets,
            primaryKey(source, columns),
            uniqueKeys(source),
            source));
  }

  private static Column column(Field<?> field, Traits said, Map<String, List<String>> values) {
    Field<?> value = field.getDataType().defaultValue();
    return new Column(
        field.getName(),
        Kind.of(field.getType()),
        field.getDataType().nullable(),
        value == null ? null : value.toString(),
        values.getOrDefault(field.getName(), List.of()),
        said.has("server") || SERVERS.contains(field.getName()),
        said.comment());
  }

  private static Writing writing(Traits traits) {
    if (traits.has("readonly")) {
      return Writing.NONE;
    }
    return traits.has("append") ? Writing.APPEND : Writing.FULL;
  }

  private static Tenancy tenancy(org.jooq.Table<?> source, Traits traits) {
    if (TENANTS.contains(source.getName())) {
      return Tenancy.SELF;
    }
    if (source.field(TENANT_ID) == null) {
      if (!traits.has("global")) {
        throw new IllegalStateException(
            "table " + source.getName() + " has no tenant_id, and is neither global nor hidden");
      }
      return Tenancy.GLOBAL;
    }
    return traits.has("shared") ? Tenancy.SHARED : Tenancy.OWN;
  }

  private static List<String> primaryKey(org.jooq.Table<?> source, Map<String, Column> columns) {
    UniqueKey<?> key = source.getPrimaryKey();
    if (key == null) {
      return columns.containsKey("id") ? List.of("id") : List.of();
    }
    return withoutTenant(key);
  }

  private static List<List<String>> uniqueKeys(org.jooq.Table<?> source) {
    List<List<String>> keys = new ArrayList<>();
    for (UniqueKey<?> key : source.getKeys()) {
      keys.add(withoutTenant(key));
    }
    for (Index index : source.getIndexes()) {
      if (index.getUnique()) {
        keys.add(
            index.getFields().stream()
                .map(field -> field.getName())
                .filter(name -> !name.equals(TENANT_ID))
                .toList());
      }
    }
    return keys.stream().distinct().toList();
  }

  static List<String> withoutTenant(Key<?> key) {
    return key.getFields().stream()
        .map(Field::getName)
        .filter(name -> !name.equals(TENANT_ID))
        .toList();
  }

  private static Map<String, List<String>> values(org.jooq.Table<?> source) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (Check<?> check : source.getChecks()) {
      String condition = check.condition().toString();
      Matcher parts = VALUES.matcher(condition);
      if (parts.find() && isAboutAlone(condition, parts.group("column"))) {
        values.put(
            parts.group("column"),
            QUOTED
                .matcher(parts.group("values"))
                .results()
                .map(it -> it.group(1).replace("''", "'"))
                .toList());
      }
    }
    return values;
  }

  /** Where another column has a say, the values are not all that there are. */
  private static boolean isAboutAlone(String condition, String column) {
    return NAME.matcher(QUOTED.matcher(condition).replaceAll(""))
        .results()
        .allMatch(it -> it.group("column").equals(column));
  }
}
