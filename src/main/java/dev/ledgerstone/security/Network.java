package dev.ledgerstone.security;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The network that an address most likely shares with its neighbours at one place. */
final class Network {
  private static final int BYTES_4 = 3;
  private static final int BYTES_6 = 6;

  private Network() {}

  /** The first 24 bits of an address of IPv4, 48 of IPv6; what is no address stays as it is. */
  static String of(String address) {
    try {
      byte[] bytes = InetAddress.ofLiteral(address).getAddress();
      int kept = bytes.length == 4 ? BYTES_4 : BYTES_6;
      for (int i = kept; i < bytes.length; i++) {
        bytes[i] = 0;
      }
      return InetAddress.getByAddress(bytes).getHostAddress() + "/" + kept * 8;
    } catch (IllegalArgumentException | UnknownHostException _) {
      return address;
    }
  }
}
