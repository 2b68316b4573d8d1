package dev.ledgerstone.db.migrate;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One migration as one engine runs it: the portable file and the engine's companion. Its statements
 * are read when they are first asked for, which a server with a current database never does.
 */
final class Migration {
  private final int number;
  private final String name;
  private final String checksum;
  private final String chain;
  private final Supplier<Steps> reader;
  private volatile @Nullable Steps steps;

  /**
   * The ways.
   *
   * @param down null if there is no way down
   */
  record Steps(Step up, @Nullable Step down) {}

  /**
   * @param checksum SHA-256 of the normalised files, hexadecimal
   * @param chain SHA-256 of the chain before, the label and the checksum: equal chains, equal pasts
   */
  Migration(int number, String name, String checksum, String chain, Supplier<Steps> reader) {
    this.number = number;
    this.name = name;
    this.checksum = checksum;
    this.chain = chain;
    this.reader = reader;
  }

  int number() {
    return number;
  }

  String name() {
    return name;
  }

  String checksum() {
    return checksum;
  }

  String chain() {
    return chain;
  }

  /** {@code 0003_events}. */
  String label() {
    return label(number, name);
  }

  static String label(int number, String name) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, 4 - digits.length())) + digits + "_" + name;
  }

  /**
   * What is run to come here.
   *
   * @throws dev.ledgerstone.problem.ProblemException {@link MigrationProblem.BadFile}
   */
  Step up() {
    return steps().up;
  }

  /** What is run to go back; null if there is no way down. */
  @Nullable Step down() {
    return steps().down;
  }

  private Steps steps() {
    Steps read = steps;
    if (read == null) {
      read = reader.get();
      steps = read;
    }
    return read;
  }
}
