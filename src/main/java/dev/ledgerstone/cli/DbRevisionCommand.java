package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.design.Design;
import dev.ledgerstone.db.design.Designs;
import dev.ledgerstone.db.design.Rename;
import dev.ledgerstone.db.design.Revision;
import dev.ledgerstone.db.migrate.MigrationProblem;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationStatus;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code db revision}. */
@Command(
    name = "revision",
    description = {
      "Begins a new migration: an empty file with the next number.",
      "With --autogenerate it holds what brings the database to the declared schema, and back, for both"
          + " engines: edit a copy of `db schema`, and name it with --schema. What cannot be decided stands"
          + " in it as a note: read it before you run it."
    })
final class DbRevisionCommand implements Callable<Integer> {
  static final String FOLDER = "src/main/resources/db/migrations";

  private static final Pattern NUMBERED = Pattern.compile("(\\d{4})_([a-z0-9_]+)\\.sql");

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DbCommand db;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      required = true,
      description = "What it does.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String message;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "Where migrations are; default: " + FOLDER + " of the checkout.")
  private @Nullable Path directory;

  @Option(
      names = "--autogenerate",
      description = "Compares the database with the declared schema and writes the difference.")
  private boolean autogenerate;

  @Option(
      names = "--schema",
      paramLabel = "FILE",
      description = "The declared schema: an edited copy of what `db schema` prints.")
  private @Nullable Path schema;

  @Option(
      names = "--rename",
      paramLabel = "TABLE[.COLUMN]=NAME",
      converter = Renaming.class,
      description = "What is declared under another name, and keeps its rows; as often as needed.")
  private List<Rename> renames = List.of();

  private static final class Renaming implements ITypeConverter<Rename> {
    @Override
    public Rename convert(String text) {
      return Rename.of(text);
    }
  }

  @Option(
      names = "--allow-drops",
      description = "Drops tables, columns, constraints and indexes that are not declared.")
  private boolean allowDrops;

  @Override
  public Integer call() {
    Path folder = folder();
    String name = next(folder, message.strip());
    if (autogenerate) {
      return generate(folder, name);
    }
    write(
        folder,
        Map.of(name + ".sql", "-- " + message.strip() + "\n-- @up\n\n-- @down\n\n-- @end\n"));
    db.main().printOne(Rows.of("migration").add(folder.resolve(name + ".sql")));
    return Main.OK;
  }

  private int generate(Path folder, String name) {
    Main main = db.main();
    if (schema == null) {
      throw new RequestProblem.Invalid(
              "--schema",
              "--autogenerate needs to be told what is declared",
              "ledgerstone db schema > schema.sql; edit it; add --schema schema.sql")
          .exception();
    }
    MigrationSource source = MigrationSource.directory(folder);
    try (Database database = main.context().existing()) {
      MigrationStatus status = new Migrator(database, source, _ -> {}, Version.text()).check();
      if (status.head() == 0 && status.current() > 0) {
        throw new RequestProblem.Invalid(
                "--directory",
                "there are no migrations in " + folder,
                "name the folder of all of them, such as a checkout's " + FOLDER)
            .exception();
      }
      if (!status.problems().isEmpty()) {
        MigrationProblem first = status.problems().getFirst();
        throw new RequestProblem.Conflict(
                "the migrations in " + folder + " are not those of the database: " + first.detail(),
                first.hint())
            .exception();
      }
      if (!status.isCurrent()) {
        throw new RequestProblem.Conflict(
                "the database is at version " + status.current() + " of " + status.head(),
                "look at: ledgerstone db check --directory %1$s; then run: ledgerstone db upgrade --directory %1$s"
                    .formatted(folder))
            .exception();
      }
      Design declared = Designs.declared(schema.toString(), read(schema));
      Revision revision =
          Revision.write(
              name,
              message.strip(),
              Designs.of(database, source),
              declared,
              renames,
              allowDrops,
              source);
      write(folder, revision.files());
      Rows rows = Rows.of("what", "text");
      revision.files().keySet().forEach(it -> rows.add("file", folder.resolve(it)));
      revision.notes().forEach(it -> rows.add("note", it));
      if (revision.files().isEmpty()) {
        rows.add("equal", "the database has what is declared; no migration is needed");
      }
      main.print(rows);
      return Main.OK;
    }
  }

  private Path folder() {
    return MigrationFolder.existing(
        directory == null
            ? Path.of(System.getProperty("ledgerstone.home", ".")).resolve(FOLDER)
            : directory);
  }

  /** The next number, and the message as a name. */
  private static String next(Path folder, String message) {
    String name =
        message.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
    if (name.isEmpty()) {
      throw new RequestProblem.Invalid(
              "message", "the message makes no file's name", "use some letters of a to z")
          .exception();
    }
    int last = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Matcher numbered = NUMBERED.matcher(String.valueOf(file.getFileName()));
        if (!numbered.matches()) {
          continue;
        }
        if (numbered.group(2).equals(name)) {
          throw new RequestProblem.Conflict(
                  "there is a migration " + numbered.group() + " already", "choose another message")
              .exception();
        }
        last = Math.max(last, Integer.parseInt(numbered.group(1)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the migrations in " + folder + " cannot be read", e);
    }
    return "%04d_%s".formatted(last + 1, name);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new RequestProblem.NotFound("file", file.toString()).exception(e);
    }
  }

  private static void write(Path folder, Map<String, String> files) {
    try {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path path = folder.resolve(file.getKey());
        Path parent = path.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.writeString(path, file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no migration can be written in " + folder, e);
    }
  }
}
