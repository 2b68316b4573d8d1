package dev.ledgerstone.vault;

import dev.ledgerstone.problem.Problem;

/** Failures of the vault. */
public sealed interface VaultProblem extends Problem {
  /** What was sealed does not open: another master key, or a damaged row. */
  record WrongKey() implements VaultProblem {}

  @Override
  default int status() {
    return 500;
  }

  @Override
  default String code() {
    return "wrong_master_key";
  }

  @Override
  default String detail() {
    return "the master key is not the one with which this database's secrets were sealed";
  }

  @Override
  default String hint() {
    return "set LEDGERSTONE_SECRETS_MASTER_KEY, or put master.key of the data directory back, as it was when the database was made";
  }
}
