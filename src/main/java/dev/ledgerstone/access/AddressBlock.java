package dev.ledgerstone.access;

import dev.ledgerstone.problem.RequestProblem;
import java.net.InetAddress;
import java.util.Arrays;

/** An IP address or CIDR block (RFC 4632, RFC 4291), IPv4 or IPv6. */
public record AddressBlock(byte[] network, int bits) {
  /**
   * Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a bare address; never asks a name server.
   */
  public static AddressBlock of(String text) {
    int slash = text.indexOf('/');
    byte[] address = literal(slash < 0 ? text : text.substring(0, slash));
    int most = address.length * 8;
    int bits;
    try {
      bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
    } catch (NumberFormatException e) {
      bits = -1;
    }
    if (bits < 0 || bits > most) {
      throw invalid(text);
    }
    return new AddressBlock(address, bits);
  }

  /** Whether an address, as text, lies in the block. */
  public boolean contains(String address) {
    return holds(literal(address));
  }

  /** Whether every address of another block lies in this one. */
  boolean covers(AddressBlock other) {
    return other.bits >= bits && holds(other.network);
  }

  private boolean holds(byte[] other) {
    if (other.length != network.length) {
      return false;
    }
    int whole = bits / 8;
    if (!Arrays.equals(network, 0, whole, other, 0, whole)) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || ((network[whole] ^ other[whole]) & 0xFF & (0xFF << (8 - rest))) == 0;
  }

  private static byte[] literal(String text) {
    try {
      return InetAddress.ofLiteral(text).getAddress(); // an IPv4-mapped IPv6 address becomes IPv4
    } catch (IllegalArgumentException e) {
      throw invalid(text);
    }
  }

  private static RuntimeException invalid(String text) {
    return new RequestProblem.Invalid(
            "allowed_ips",
            "\"" + text + "\" is no IP address or CIDR block",
            "write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32")
        .exception();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddressBlock(byte[] n, int b) && b == bits && Arrays.equals(n, network);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(network) * 31 + bits;
  }
}
