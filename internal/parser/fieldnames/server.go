package fieldnames

// ServerStatus is the status with which the licence server refuses.
const ServerStatus = "UNGRANTED_REQUEST"
