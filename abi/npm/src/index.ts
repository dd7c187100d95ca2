/**
 * Typed ABIs of the programs (`tokenAbi`, `pairAbi`, …) and how a program is deployed with viem.
 * The programs themselves, 8 to 15 KB each, are modules of their own: `@mintage/contracts/artifacts/token`.
 */
export * from "./abi/index.js";
export * from "./deploy.js";
