package dev.ledgerstone.db.migrate;

import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Engine;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Every migration that this server knows, for one engine, in order and without gaps. */
final class Migrations {
  private static final Pattern NAME =
      Pattern.compile("(?:(sqlite|postgres)/)?(\\d{4})_([a-z0-9_]+)\\.sql");

  private static final Map<Engine, Migrations> OURS = new ConcurrentHashMap<>();

  private final List<Migration> all;

  private Migrations(List<Migration> all) {
    this.all = List.copyOf(all);
  }

  /** Reads a source whole: what is wrong with any of its files is found. */
  static Migrations load(Engine engine, MigrationSource source) {
    Migrations migrations = index(engine, source);
    migrations.all.forEach(Migration::up);
    return migrations;
  }

  /** Those that this server was built with; the build's tests have read them whole. */
  static Migrations ours(Engine engine) {
    return OURS.computeIfAbsent(engine, it -> index(it, MigrationSource.classpath()));
  }

  private static Migrations index(Engine engine, MigrationSource source) {
    Map<String, String> files = new TreeMap<>(source.files());
    Map<String, String> names = new HashMap<>();
    List<Migration> all = new ArrayList<>();
    String chain = "";
    for (String path : files.keySet()) {
      Matcher name = NAME.matcher(path);
      if (!name.matches()) {
        throw new MigrationProblem.BadFile(path, 1, "files are named NNNN_name.sql").exception();
      }
      if (name.group(1) != null) {
        if (!files.containsKey(path.substring(name.end(1) + 1))) {
          throw new MigrationProblem.BadFile(
                  path, 1, "there is no portable file beside this companion")
              .exception();
        }
        continue;
      }
      int number = Integer.parseInt(name.group(2));
      String other = names.putIfAbsent(name.group(3), path);
      if (number == all.size() && !all.isEmpty()) {
        other = all.getLast().label() + ".sql";
      }
      if (other != null) {
        throw new MigrationProblem.Duplicate(path, other).exception();
      }
      if (number != all.size() + 1) {
        throw new MigrationProblem.Gap(path, all.size() + 1).exception();
      }
      Migration migration = migration(engine, files, path, number, name.group(3), chain);
      all.add(migration);
      chain = migration.chain();
    }
    return new Migrations(all);
  }

  private static Migration migration(
      Engine engine,
      Map<String, String> files,
      String path,
      int number,
      String name,
      String chainBefore) {
    String text = files.getOrDefault(path, "");
    String companionPath = engine.name().toLowerCase(Locale.ROOT) + "/" + path;
    @Nullable String companion = files.get(companionPath);
    String checksum =
        digest(
            MigrationFile.normalise(text),
            companion == null ? "" : MigrationFile.normalise(companion));
    return new Migration(
        number,
        name,
        checksum,
        chain(chainBefore, Migration.label(number, name), checksum),
        () -> steps(engine, path, text, companionPath, companion));
  }

  private static Migration.Steps steps(
      Engine engine,
      String path,
      String text,
      String companionPath,
      @Nullable String companionText) {
    MigrationFile portable = MigrationFile.parse(engine, path, text);
    MigrationFile companion =
        companionText == null
            ? new MigrationFile(List.of(), List.of(), true, false)
            : MigrationFile.parse(engine, companionPath, companionText);
    boolean inTransaction = portable.inTransaction() && companion.inTransaction();
    boolean rebuilds = portable.rebuilds() || companion.rebuilds();
    if (rebuilds && !inTransaction) {
      throw new MigrationProblem.BadFile(
              companionPath, 1, "@rebuild needs a transaction, @no-transaction forbids it")
          .exception();
    }
    List<SqlStatement> up = new ArrayList<>(portable.up());
    up.addAll(companion.up());
    List<SqlStatement> down = null;
    if (portable.down() != null && companion.down() != null) {
      down = new ArrayList<>(companion.down());
      down.addAll(portable.down());
    }
    return new Migration.Steps(
        new Step(up, inTransaction, rebuilds),
        down == null ? null : new Step(down, inTransaction, rebuilds));
  }

  List<Migration> all() {
    return all;
  }

  /** The number of the newest; 0 if there are none. */
  int head() {
    return all.size();
  }

  Migration get(int number) {
    return all.get(number - 1);
  }

  /** What is wrong with a history, in the light of these migrations. */
  List<MigrationProblem> problems(List<AppliedMigration> history) {
    List<MigrationProblem> problems = new ArrayList<>(broken(history));
    for (AppliedMigration row : history) {
      if (row.number() > head() || !get(row.number()).name().equals(row.name())) {
        problems.add(new MigrationProblem.Unknown(row.label()));
      } else if (!get(row.number()).checksum().equals(row.checksum())) {
        problems.add(new MigrationProblem.Changed(row.label()));
      }
    }
    return problems;
  }

  /** What is wrong with a history in itself. */
  static List<MigrationProblem> broken(List<AppliedMigration> history) {
    int number = 0;
    String chain = "";
    for (AppliedMigration row : history) {
      number++;
      if (row.number() != number) {
        return List.of(
            new MigrationProblem.HistoryBroken(
                row.label(), "the row of number " + number + " is not there"));
      }
      chain = chain(chain, row.label(), row.checksum());
      if (!chain.equals(row.chain())) {
        return List.of(
            new MigrationProblem.HistoryBroken(
                row.label(), "its chain hash does not follow from the rows before"));
      }
    }
    return List.of();
  }

  private static String chain(String before, String label, String checksum) {
    return digest(before, label, checksum);
  }

  private static String digest(String... parts) {
    MessageDigest sha = Sha256.digest();
    for (String part : parts) {
      sha.update(part.getBytes(StandardCharsets.UTF_8));
      sha.update((byte) 0);
    }
    return HexFormat.of().formatHex(sha.digest());
  }
}
