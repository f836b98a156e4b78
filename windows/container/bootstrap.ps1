# Run by a container of a task in nat mode when it starts: makes the way to the credentials of its task.
# Tasks with a network interface of their own (awsvpc) need nothing. Safe to repeat; gone with the container.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$destinations = @('169.254.170.2/32')

# The way to everywhere with the lowest metric; the network of a container may come after its first process.
function Get-DefaultRoute {
    $best = $null
    # No route at all would be an error.
    foreach ($route in @(Get-NetRoute -ErrorAction SilentlyContinue -AddressFamily IPv4 | Where-Object { $_.DestinationPrefix -eq '0.0.0.0/0' })) {
        if ($null -eq $best -or $route.RouteMetric -lt $best.RouteMetric) { $best = $route }
    }
    $best
}

$default = Get-DefaultRoute
for ($second = 0; $null -eq $default -and $second -lt 30; $second++) {
    Start-Sleep -Seconds 1
    $default = Get-DefaultRoute
}
if ($null -eq $default) { throw 'This container had no default route in 30 s.' }

foreach ($destination in $destinations) {
    $isThere = $false
    foreach ($route in @(Get-NetRoute -ErrorAction Stop -AddressFamily IPv4 | Where-Object { $_.DestinationPrefix -eq $destination })) {
        if ($route.NextHop -eq $default.NextHop -and $route.InterfaceIndex -eq $default.InterfaceIndex) { $isThere = $true }
        else { Remove-NetRoute -ErrorAction Stop -DestinationPrefix $destination -InterfaceIndex $route.InterfaceIndex -NextHop $route.NextHop -Confirm:$false }
    }
    if ($isThere) { continue }
    [void](New-NetRoute -ErrorAction Stop -DestinationPrefix $destination -InterfaceIndex $default.InterfaceIndex -NextHop $default.NextHop -PolicyStore ActiveStore)
}
