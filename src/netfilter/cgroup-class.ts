/** What tasks are marked with where only net_cls tells a sender's cgroup: a class nobody gives by hand, "7a5f:1" to tc(8). */
export const taskClass = '0x7a5f0001'

/** As nft prints it. */
export const classNumber = Number(taskClass)
