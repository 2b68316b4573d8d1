package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.intake.OldDatabase.OldColumn;
import dev.ledgerstone.ops.intake.OldDatabase.OldTable;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Constraints;
import dev.ledgerstone.records.catalogue.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes over an older system's database: each of its tables becomes rows of one of ours, by name
 * and columns, as a mapping says otherwise.
 *
 * <p>A table is first written to a file of JSON lines, which is then imported as any other: what
 * cannot be a row is named in a file beside it, and an import that was killed goes on where it was.
 */
public final class Legacy {
  private final Database database;
  private final Clock clock;
  private final Actor actor;
  private final Path folder;
  private final JsonNode map;

  /**
   * @param actor of whose tenant the rows become
   * @param folder for the files; made when it is needed
   * @param map {@code {"tables": {"old": {"into": "ours", …a mapping's parts…}, "left": null}}}, or
   *     an empty object
   */
  public Legacy(Database database, Clock clock, Actor actor, Path folder, JsonNode map) {
    this.database = database;
    this.clock = clock;
    this.actor = actor;
    this.folder = folder;
    this.map = map;
  }

  /** Reads the text of a map. */
  public static JsonNode map(Path file) {
    try {
      return RecordReader.MAPPER.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw Mapping.wrong("it is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("the mapping cannot be read: " + file, e);
    }
  }

  /**
   * What came of a table.
   *
   * @param into null: none of ours
   * @param rows of the old table
   * @param taken of them; of a trial, those whose values fit
   * @param note why it was not imported, or the first reason why a record was rejected; null: all
   *     went well
   * @param isLeft whether its rows wait for a word of the mapping
   */
  public record Outcome(
      String from,
      @Nullable String into,
      long rows,
      long taken,
      long rejected,
      @Nullable Path letters,
      @Nullable String note,
      boolean isLeft) {
    /** Whether all its rows are ours, or nobody wants them. */
    public boolean isWell() {
      return rejected == 0 && !isLeft;
    }
  }

  /** A table that can be imported. */
  private record Step(OldTable from, Table into, Mapping mapping) {}

  /**
   * Imports what matches.
   *
   * @param isTrial whether values are only judged, and nothing is written but the files
   * @param progress is told which table is read or imported
   */
  public List<Outcome> run(String url, boolean isTrial, Consumer<String> progress)
      throws IOException {
    Files.createDirectories(folder);
    List<Outcome> outcomes = new ArrayList<>();
    Map<Step, Long> steps = OldDatabase.read(url, old -> export(old, outcomes, progress));
    for (Step step : ordered(steps.keySet())) {
      progress.accept(step.from.name() + " to " + step.into.name());
      long rows = steps.getOrDefault(step, 0L);
      try {
        outcomes.add(isTrial ? judge(step, rows) : take(step, rows));
      } catch (ProblemException e) {
        outcomes.add(left(step.from, step.into.name(), rows, e.problem().detail()));
      }
    }
    return List.copyOf(outcomes);
  }

  private static Outcome left(OldTable from, @Nullable String into, long rows, String why) {
    return new Outcome(from.name(), into, rows, 0, 0, null, why, true);
  }

  /** Writes the files, in one snapshot of the old database. */
  private Map<Step, Long> export(OldDatabase old, List<Outcome> outcomes, Consumer<String> progress)
      throws SQLException, IOException {
    Map<Step, Long> steps = new LinkedHashMap<>();
    Set<String> unknown = new LinkedHashSet<>();
    map.path("tables").fieldNames().forEachRemaining(unknown::add);
    for (OldTable table : old.tables()) {
      unknown.remove(table.name());
      JsonNode wish = map.path("tables").path(table.name());
      if (wish.isNull()) {
        outcomes.add(
            new Outcome(table.name(), null, 0, 0, 0, null, "left out, as the mapping says", false));
        continue;
      }
      try {
        Step step = step(table, wish);
        progress.accept(table.name());
        steps.put(step, old.export(table, file(table)));
      } catch (ProblemException e) {
        outcomes.add(left(table, wish.path("into").asText(null), 0, e.problem().detail()));
      }
    }
    if (!unknown.isEmpty()) {
      throw Mapping.wrong("the old database has no table " + unknown.iterator().next());
    }
    return steps;
  }

  private Path file(OldTable table) {
    return folder.resolve(table.name().replaceAll("[^A-Za-z0-9_-]", "_") + ".jsonl");
  }

  private static Step step(OldTable from, JsonNode wish) {
    String name = wish.path("into").asText(from.name());
    Table into = TableSink.find(name);
    ObjectNode parts =
        wish instanceof ObjectNode given
            ? given.deepCopy()
            : RecordReader.MAPPER.createObjectNode();
    parts.remove("into");
    Mapping said = Mapping.parse(parts.toString());
    Map<String, Cast> casts = new HashMap<>(said.casts());
    Set<String> given = new LinkedHashSet<>(said.constants().keySet());
    given.addAll(said.defaults().keySet());
    List<String> strange = new ArrayList<>();
    for (OldColumn column : from.columns()) {
      String renamed = said.rename().getOrDefault(column.name(), column.name());
      Column ours = into.columns().get(renamed);
      boolean isIgnored =
          said.ignore().contains(column.name()) || (ours == null && said.ignore().contains("*"));
      if (isIgnored) {
        continue;
      }
      if (ours == null || renamed.equals("tenant_id")) {
        strange.add(column.name());
        continue;
      }
      given.add(renamed);
      String usual = usual(ours, column);
      if (usual != null) {
        casts.putIfAbsent(renamed, Cast.of(usual));
      }
    }
    if (!strange.isEmpty()) {
      throw Mapping.wrong(
          into.name()
              + " has no column for "
              + String.join(", ", strange)
              + ": name them under rename or ignore");
    }
    List<String> missing =
        into.columns().values().stream()
            .filter(column -> TableSink.isNeeded(column) && !given.contains(column.name()))
            .map(Column::name)
            .toList();
    if (!missing.isEmpty()) {
      throw Mapping.wrong(
          from.name()
              + " has nothing for "
              + String.join(", ", missing)
              + ": name them under rename, defaults or constants");
    }
    return new Step(
        from,
        into,
        new Mapping(
            said.rename(), said.constants(), said.defaults(), casts, said.ignore(), said.text()));
  }

  /** What an old value needs to be one of ours, where the mapping does not say. */
  private static @Nullable String usual(Column ours, OldColumn old) {
    return switch (ours.kind()) {
      case UUID -> "any_id";
      case JSON -> old.type() == Types.ARRAY ? null : "json";
      case TEXT, BIGINT, INTEGER, DOUBLE, NUMERIC, BOOLEAN, TIMESTAMP -> null;
    };
  }

  /** What is referred to goes first. */
  private static List<Step> ordered(Set<Step> steps) {
    Map<String, Step> byName = new TreeMap<>();
    steps.forEach(step -> byName.put(step.into.name() + "/" + step.from.name(), step));
    Map<String, Integer> depths = new HashMap<>();
    Set<String> names = new LinkedHashSet<>();
    byName.values().forEach(step -> names.add(step.into.name()));
    names.forEach(name -> depth(name, names, depths, new LinkedHashSet<>()));
    return byName.values().stream()
        .sorted(Comparator.comparing(step -> depths.getOrDefault(step.into.name(), 0)))
        .toList();
  }

  /** How many tables must be there before; rings are cut where they close. */
  private static int depth(
      String name, Set<String> names, Map<String, Integer> depths, Set<String> above) {
    Integer known = depths.get(name);
    if (known != null || !above.add(name)) {
      return known == null ? 0 : known;
    }
    int depth = 0;
    for (Constraints.Reference each :
        Constraints.from(Catalogue.ofSchema().table(name).orElseThrow())) {
      if (names.contains(each.target()) && !each.target().equals(name)) {
        depth = Math.max(depth, 1 + depth(each.target(), names, depths, above));
      }
    }
    above.remove(name);
    depths.put(name, depth);
    return depth;
  }

  private TableSink sink(Step step) {
    return new TableSink(step.into.name(), actor.tenant(), step.mapping, clock, database.engine());
  }

  private Outcome take(Step step, long rows) {
    Intake.Report report =
        new Intake(database, clock, actor)
            .run(Intake.Source.of(file(step.from), Format.JSONL), sink(step), _ -> {});
    return new Outcome(
        step.from.name(),
        step.into.name(),
        rows,
        report.taken(),
        report.rejected(),
        report.letters(),
        null,
        false);
  }

  private Outcome judge(Step step, long rows) throws IOException {
    TableSink sink = sink(step);
    long rejected = 0;
    String first = null;
    try (RecordReader reader = RecordReader.open(file(step.from), Format.JSONL)) {
      long row = 0;
      for (RecordReader.Read read = reader.next(); read != null; read = reader.next()) {
        row++;
        try {
          if (read.fields() != null) {
            sink.take(read.fields());
          }
        } catch (Rejected e) {
          rejected++;
          first = first == null ? "row " + row + ": " + e.reason() : first;
        }
      }
    }
    return new Outcome(
        step.from.name(), step.into.name(), rows, rows - rejected, rejected, null, first, false);
  }
}
